"""python3 main.py <work> <threads> <options as JSON>: one line when ready, then one line per line on standard input."""

import importlib
import json
import sys
import time

import torch

if __name__ == "__main__":
    work, threads, options = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    run = importlib.import_module(work).prepare(options)
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        scale = run() or 1
        print(json.dumps({"ms": (time.perf_counter() - began) * 1000 * scale}), flush=True)
