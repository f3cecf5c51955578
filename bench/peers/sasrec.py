"""SASRec as PyTorch likes it best: fused attention, fused Adam; the same equations as src/models/sasrec.ts."""

import torch
import torch.nn as nn
import torch.nn.functional as F

D = 64


class Block(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.rate = dropout
        self.attention_norm, self.feed_norm = (nn.LayerNorm(D, eps=1e-8) for _ in range(2))
        self.q, self.k, self.v, self.o, self.first, self.second = (nn.Linear(D, D) for _ in range(6))

    def drop(self, x):
        return F.dropout(x, self.rate, self.training) if self.rate else x

    def forward(self, x):
        q = self.attention_norm(x)
        heads = (layer(y).unsqueeze(1) for layer, y in ((self.q, q), (self.k, x), (self.v, x)))
        rate = self.rate if self.training else 0.0
        mixed = F.scaled_dot_product_attention(*heads, dropout_p=rate, is_causal=True).squeeze(1)
        n = self.feed_norm(q + self.o(mixed))
        return n + self.drop(self.second(self.drop(torch.relu(self.first(n)))))


class SASRec(nn.Module):
    def __init__(self, items, length, dropout=0.0):
        super().__init__()
        self.items, self.positions = nn.Embedding(items, D), nn.Embedding(length, D)
        nn.init.normal_(self.items.weight, std=0.02)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(dropout) for _ in range(2))
        self.norm = nn.LayerNorm(D, eps=1e-8)

    def forward(self, sequences):
        x = self.items(sequences) * D**0.5 + self.positions.weight
        x = self.blocks[0].drop(x)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def bce(model, h, positive, negative):
    """h [N, D], targets [N]"""
    return (
        F.softplus(-(h * model.items(positive)).sum(-1)) + F.softplus((h * model.items(negative)).sum(-1))
    ).mean()


def adam(model):
    return torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), fused=True)


def histories(path, users):
    """Item ids from 1 by user, in order."""
    lists = [[] for _ in range(users)]
    with open(path) as lines:
        for line in lines:
            user, *items = map(int, line.split())
            lists[user - 1].extend(items)
    return lists


def padded(lists, length):
    """[B, length] ids from 1, 0 on the left."""
    out = torch.zeros(len(lists), length, dtype=torch.long)
    for row, items in zip(out, lists):
        if items:
            kept = items[-length:]
            row[-len(kept) :] = torch.tensor(kept)
    return out
