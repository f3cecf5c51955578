"""An epoch on padded batches; the loss counts the positions that are not padding. Some steps stand for all."""

import torch
import torch.nn.functional as F

from sasrec import SASRec, adam, bce, histories, padded


def prepare(options):
    items, length, size = options["items"], options["length"], options["batch"]
    lists = [h[:-2] for h in histories(options["file"], options["users"])]
    lists = [h for h in lists if len(h) >= 2]
    model = SASRec(items + 1, length, options["dropout"]).train()
    optimiser = adam(model)
    all_steps = -(-len(lists) // size)

    def run():
        order = torch.randperm(len(lists))
        for step in range(options["steps"]):
            batch = [lists[u] for u in order[step * size : (step + 1) * size]]
            sequences, targets = padded([h[:-1] for h in batch], length), padded([h[1:] for h in batch], length)
            present = targets > 0
            h, positive = model(sequences)[present], targets[present]
            optimiser.zero_grad()
            if options["loss"] == "ce":
                loss = F.cross_entropy(h @ model.items.weight.T, positive)
            else:
                loss = bce(model, h, positive, torch.randint(1, items + 1, positive.shape))
            loss.backward()
            optimiser.step()
        return all_steps / options["steps"]

    return run
