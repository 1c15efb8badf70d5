"""llama.cpp's own HTTP server with a context of 2,048 tokens: server.py MODEL.gguf prints its address and serves until it is ended."""

import sys
import threading

from xllamacpp import CommonParams, Server

p = CommonParams()
p.model.path, p.n_ctx, p.n_parallel, p.port = sys.argv[1], 2048, 1, 0
for threads in p.cpuparams, p.cpuparams_batch:
    threads.n_threads, threads.poll = 1, 0  # several that wait for each other are slow on a machine that does other things
server = Server(p)
print(server.listening_address, flush=True)
threading.Event().wait()
