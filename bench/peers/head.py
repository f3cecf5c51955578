"""Cross-entropy over the whole catalogue, forward and backward."""

import torch
import torch.nn.functional as F


def prepare(options):
    n, items = options["positions"], options["items"]
    h = (torch.randn(n, 64) / 8).requires_grad_()
    table = (torch.randn(items, 64) / 8).requires_grad_()
    targets = torch.randint(0, items, (n,))

    def run():
        h.grad = table.grad = None
        F.cross_entropy(h @ table.T, targets).backward()

    return run
