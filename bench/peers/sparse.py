"""A symmetric sparse matrix times a table, in the faster of CSR and COO; backward by autograd."""

import time

import torch


def prepare(options):
    nodes, edges = options["nodes"], options["entries"] // 2
    a, b = torch.randint(0, nodes, (2, edges))
    indices = torch.stack([torch.cat([a, b]), torch.cat([b, a])])
    coo = torch.sparse_coo_tensor(indices, torch.full((2 * edges,), 0.1), (nodes, nodes)).coalesce()
    x = torch.randn(nodes, options["width"]).requires_grad_(options["backward"])
    gradient = torch.randn(nodes, options["width"])

    def product(matrix):
        def run():
            for _ in range(options["inARow"]):
                x.grad = None
                y = torch.sparse.mm(matrix, x)
                if options["backward"]:
                    y.backward(gradient)
            return 1 / options["inARow"]

        return run

    return min((product(coo), product(coo.to_sparse_csr())), key=seconds)


def seconds(run):
    """The best of three, after one to warm up."""
    run()
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return min(taken)
