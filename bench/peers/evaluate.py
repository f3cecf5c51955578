"""Full ranking: everybody's last item against the whole catalogue, seen items masked; the rank and the best 20."""

import torch

from sasrec import SASRec, histories, padded


def prepare(options):
    items, length, size = options["items"], options["length"], 256
    lists = [h for h in histories(options["file"], options["users"]) if len(h) >= 3]
    model = SASRec(items + 1, length).eval()

    @torch.inference_mode()
    def run():
        gain = 0.0
        for begin in range(0, len(lists), size):
            batch = lists[begin : begin + size]
            scores = model(padded([h[:-1] for h in batch], length))[:, -1] @ model.items.weight.T
            scores[:, 0] = -torch.inf
            for row, h in zip(scores, batch):
                row[torch.tensor(h[:-1])] = -torch.inf
            target = scores.gather(1, torch.tensor([[h[-1]] for h in batch]))
            rank = (scores > target).sum(1)
            gain += torch.where(rank < 10, 1 / torch.log2(rank + 2.0), 0.0).sum().item()
            scores.topk(20)
        assert 0 <= gain <= len(lists)

    return run
