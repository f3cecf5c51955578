"""An epoch of matrix factorisation with BPR and dense Adam, then a full ranking; RCE-KD's loss where there is a teacher.

Rows are gathered per interaction, as the published code of RCE-KD does it.
"""

import torch
import torch.nn.functional as F

K, DRAWN, POOL, WEIGHT, BETA, T = 50, 50, 200, 500.0, 3.0, 10.0


def split(file):
    with open(file) as lines:
        lists = [[int(item) for item in line.split()] for line in lines]
    cut = [max(1, int(0.8 * len(h))) for h in lists]
    return [h[:n] for h, n in zip(lists, cut)], [h[n : int(0.9 * len(h))] for h, n in zip(lists, cut)]


def contains(rows, others):
    """[B, S] whether each number is in its row of others [B, K]."""
    return (rows.unsqueeze(2) == others.unsqueeze(1)).any(2)


def prepare(options):
    users, items, width, size = options["users"], options["items"], options["width"], options["batch"]
    train, valid = split(options["file"])
    pairs = torch.tensor([(u, i) for u, h in enumerate(train) for i in h])
    user, item = torch.nn.Embedding(users, width), torch.nn.Embedding(items, width)
    for table in (user, item):
        torch.nn.init.normal_(table.weight, 0, 0.01)
    optimiser = torch.optim.Adam([*user.parameters(), *item.parameters()], lr=1e-3, weight_decay=1e-3)
    teacher = None
    if options["teacher"] > 0:
        teacher = [0.3 * torch.randn(n, options["teacher"]) for n in (users, items)]
        best = torch.cat([(teacher[0][c] @ teacher[1].T).topk(K).indices for c in torch.arange(users).split(256)])

    def ranking():
        found = [(user.weight[c] @ item.weight.T).topk(POOL).indices for c in torch.arange(users).split(256)]
        pool = torch.cat(found)
        hits = torch.cat([contains(p, b) for p, b in zip(pool.split(256), best.split(256))]).float()
        z = hits.flip(1).cumsum(1).flip(1).clamp(max=50)
        drawn = torch.multinomial(torch.exp((z + 1) / T), DRAWN)
        return pool[:, :K], pool.gather(1, drawn)

    def scores(u, chosen):
        ours = (user(u).unsqueeze(1) * item(chosen)).sum(2)
        theirs = (teacher[0][u].unsqueeze(1) * teacher[1][chosen]).sum(2)
        return ours, theirs

    def distilled(u, own, drawn):
        wanted = best[u]
        s, t = scores(u, own[u])
        first = -(F.softmax(t, 1) * F.log_softmax(s, 1)).sum(1)
        kept = ~contains(wanted, drawn[u]) & ~contains(wanted, own[u])
        s, t = scores(u, torch.cat([drawn[u], wanted], 1))
        out = torch.cat([torch.zeros_like(drawn[u], dtype=torch.bool), ~kept], 1)
        p = F.softmax(t.masked_fill(out, -1e9), 1)
        second = -(p * F.log_softmax(s.masked_fill(out, -1e9), 1)).sum(1)
        gamma = torch.exp(-BETA * contains(wanted, drawn[u]).float().mean(1))
        return ((1 - gamma) * first + gamma * second).sum()

    def evaluate():
        for chunk in torch.arange(users).split(256):
            found = user.weight[chunk] @ item.weight.T
            for row, u in enumerate(chunk.tolist()):
                found[row, train[u]] = -1e10
            found.topk(20)

    def run():
        with torch.no_grad():
            own, drawn = ranking() if teacher else (None, None)
        for step in torch.randperm(len(pairs)).split(size):
            u, positive = pairs[step].T
            negative = torch.randint(0, items, positive.shape)
            gap = (user(u) * (item(positive) - item(negative))).sum(1)
            loss = -F.logsigmoid(gap).sum()
            if teacher:
                loss = loss + WEIGHT * distilled(u, own, drawn)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            evaluate()

    return run
