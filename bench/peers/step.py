"""One training step on full histories: forward, backward, Adam."""

import torch

from sasrec import SASRec, adam, bce


def prepare(options):
    items, length = options["items"], options["length"]
    model = SASRec(items, length)
    optimiser = adam(model)
    sequences, positive, negative = (torch.randint(0, items, (128, length)) for _ in range(3))

    def run():
        optimiser.zero_grad()
        bce(model, model(sequences), positive, negative).backward()
        optimiser.step()

    return run
