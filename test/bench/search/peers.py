"""Measures other vector stores on the vectors that `scripts/bench search -export FOLDER` wrote, one process for each, since
memory is measured too. `scripts/bench peers` runs it.

    python3 -m venv v && v/bin/pip install numpy chromadb lancedb hnswlib
    v/bin/python peers.py FOLDER/clustered
"""
import importlib, importlib.metadata, json, resource, subprocess, sys, tempfile, time
from pathlib import Path

PEERS = ("hnswlib", "lancedb", "chromadb")


def hnswlib_search(hnswlib, passages, _):
    index = hnswlib.Index(space="ip", dim=passages.shape[1])
    index.init_index(max_elements=len(passages), ef_construction=200, M=16)
    index.add_items(passages)
    index.set_ef(60)
    return lambda q: index.knn_query(q, k=10)[0][0]


def lancedb_search(lancedb, passages, folder):
    table = lancedb.connect(folder).create_table("passages", [{"id": i, "vector": v} for i, v in enumerate(passages)])
    table.create_index("vector", config=lancedb.index.HnswSq(distance_type="dot"))
    return lambda q: [r["id"] for r in table.search(q).select(["id", "_distance"]).limit(10).to_list()]


def chromadb_search(chromadb, passages, folder):
    c = chromadb.PersistentClient(folder, chromadb.config.Settings(anonymized_telemetry=False)).create_collection("passages", metadata={"hnsw:space": "ip"})
    for i in range(0, len(passages), 5000):
        part = passages[i : i + 5000]
        c.add(ids=[str(i + j) for j in range(len(part))], embeddings=part)
    return lambda q: [int(x) for x in c.query(query_embeddings=q[None], n_results=10, include=[])["ids"][0]]


def measure(peer, folder):
    import numpy as np

    about = json.loads((folder / "about.json").read_text())
    read = lambda name: np.fromfile(folder / f"{name}.f32", np.float32).reshape(-1, about["dimensions"])
    passages, queries, nearest = read("passages"), read("queries"), about["nearest"]
    data = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        search = globals()[f"{peer}_search"](importlib.import_module(peer), passages, scratch)
        load = time.perf_counter() - start
        for q in queries[:200]:
            search(q)
        took, found = [], 0
        for i, q in enumerate(queries):
            start = time.perf_counter()
            got = search(q)
            took.append(1000 * (time.perf_counter() - start))
            if i < len(nearest):
                found += len(set(map(int, got)) & set(nearest[i]))
    took.sort()
    at = lambda p: took[int(p * (len(took) - 1))]
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - data) // 1024
    print(f"{folder.name:10} {peer:8} {importlib.metadata.version(peer):13} {1:7} {found / sum(map(len, nearest)):10.3f} {at(.5):8.2f} {at(.95):8.2f} {at(.99):8.2f}"
          f"{1000 * len(took) / sum(took):11.0f}   loaded in {load:.0f} s, {more} MB beyond the vectors")


if len(sys.argv) == 3:
    measure(sys.argv[2], Path(sys.argv[1]))
else:
    for p in PEERS:
        if subprocess.run([sys.executable, __file__, sys.argv[1], p]).returncode:
            print(f"{p}: not measured")
