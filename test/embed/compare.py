"""Measures numpy and onnxruntime, in float32 and dynamically quantized to int8, on the weights of a model folder, beside
`panther-embed bench`: the same lengths, on one core and on all, every graph optimization on, and how far onnxruntime's vectors
in float32 are from panther-embed's. scripts/bench embed runs it.

    python3 -m venv v && v/bin/pip install onnx onnxruntime numpy tokenizers
    v/bin/python compare.py MODEL_FOLDER [URL_OF_PANTHER_EMBED]
"""
import json, os, struct, sys, tempfile, time, urllib.request
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

folder = Path(sys.argv[1])
cfg = json.loads((folder / "config.json").read_text())
H, HEADS, LAYERS = cfg["hidden_size"], cfg["num_attention_heads"], cfg["num_hidden_layers"]
raw = (folder / "model.safetensors").read_bytes()
size = struct.unpack("<Q", raw[:8])[0]
W = {}
for name, t in json.loads(raw[8 : 8 + size]).items():
    if t.get("dtype") == "F32":
        a, b = t["data_offsets"]
        W[name] = np.frombuffer(raw[8 + size + a : 8 + size + b], np.float32).reshape(t["shape"])
weights, nodes = [], []


def const(name, value):
    weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    return name


def node(op, *inputs, **attributes):
    nodes.append(helper.make_node(op, list(inputs), [f"v{len(nodes)}"], **attributes))
    return f"v{len(nodes) - 1}"


def norm(x, p):
    return node("LayerNormalization", x, const(p + ".g", W[p + ".weight"]), const(p + ".b", W[p + ".bias"]), axis=-1, epsilon=cfg["layer_norm_eps"])


def linear(x, p):
    return node("Add", node("MatMul", x, const(p + ".w", W[p + ".weight"].T)), const(p + ".c", W[p + ".bias"]))


e = "embeddings."
length = node("Slice", node("Shape", "ids"), const("one", np.array([1])), const("two", np.array([2])))
places = const("places", W[e + "position_embeddings.weight"] + W[e + "token_type_embeddings.weight"][0])
x = node("Gather", const("words", W[e + "word_embeddings.weight"]), "ids")
x = norm(node("Add", x, node("Slice", places, const("nil", np.array([0])), length, const("ax", np.array([0])))), e + "LayerNorm")
split, join = const("split", np.array([0, 0, HEADS, H // HEADS])), const("join", np.array([0, 0, H]))
scale = const("scale", np.float32((H // HEADS) ** -0.5))
for i in range(LAYERS):
    p = f"encoder.layer.{i}."
    q, k, v = (node("Transpose", node("Reshape", linear(x, p + "attention.self." + s), split), perm=[0, 2, 3, 1] if s == "key" else [0, 2, 1, 3]) for s in ("query", "key", "value"))
    a = node("MatMul", node("Softmax", node("Mul", node("MatMul", q, k), scale), axis=-1), v)
    a = linear(node("Reshape", node("Transpose", a, perm=[0, 2, 1, 3]), join), p + "attention.output.dense")
    x = norm(node("Add", x, a), p + "attention.output.LayerNorm")
    f = linear(node("Gelu", linear(x, p + "intermediate.dense")), p + "output.dense")
    x = norm(node("Add", x, f), p + "output.LayerNorm")
if json.loads((folder / "1_Pooling" / "config.json").read_text()).get("pooling_mode_cls_token"):
    m = node("Gather", x, const("cls", np.array(0)), axis=1)
    const("ax1", np.array([1]))
else:
    m = node("ReduceMean", x, const("ax1", np.array([1])), keepdims=0)
nodes.append(helper.make_node("Div", [m, node("ReduceL2", m, "ax1", keepdims=1)], ["out"]))
graph = helper.make_graph(nodes, "bert", [helper.make_tensor_value_info("ids", TensorProto.INT64, ["b", "n"])],
                          [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["b", H])], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()
with tempfile.TemporaryDirectory() as tmp:
    Path(tmp, "f32.onnx").write_bytes(model)
    quantize_dynamic(Path(tmp, "f32.onnx"), Path(tmp, "int8.onnx"), weight_type=QuantType.QInt8)
    models = {"float32": model, "int8": Path(tmp, "int8.onnx").read_bytes()}


def session(threads, precision="float32"):
    o = ort.SessionOptions()
    o.intra_op_num_threads = threads
    o.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    return ort.InferenceSession(models[precision], o, providers=["CPUExecutionProvider"])


def median(s, batch, tokens, seconds=2.0):
    ids = np.full((batch, tokens), 1996, np.int64)
    took, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds:
        t = time.perf_counter()
        s.run(None, {"ids": ids})
        took.append(time.perf_counter() - t)
    return sorted(took)[len(took) // 2]


def numpy_pass(ids):
    """The plain forward pass in float32."""
    b, n = ids.shape
    h = ln(W[e + "word_embeddings.weight"][ids] + W[e + "position_embeddings.weight"][:n] + W[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    for i in range(LAYERS):
        p = f"encoder.layer.{i}."
        q, k, v = (mul(h, p + "attention.self." + s).reshape(b, n, HEADS, -1).transpose(0, 2, 1, 3) for s in ("query", "key", "value"))
        a = q @ k.transpose(0, 1, 3, 2) * np.float32((H // HEADS) ** -0.5)
        a = np.exp(a - a.max(-1, keepdims=True))
        a = ((a / a.sum(-1, keepdims=True)) @ v).transpose(0, 2, 1, 3).reshape(b, n, H)
        h = ln(h + mul(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
        g = mul(h, p + "intermediate.dense")
        g *= np.float32(0.5) * (1 + np.tanh(np.float32(0.7978846) * (g + np.float32(0.044715) * g * g * g)))
        h = ln(h + mul(g, p + "output.dense"), p + "output.LayerNorm")
    return h.mean(1)


def ln(x, p):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(1e-12)) * W[p + ".weight"] + W[p + ".bias"]


def mul(x, p):
    return x @ W[p + ".weight"].T + W[p + ".bias"]


print("numpy", np.__version__, "float32, all cores")
for tokens in (32, 128, 256):
    ids, done, start = np.full((16, tokens), 1996), 0, time.perf_counter()
    while time.perf_counter() - start < 2:
        numpy_pass(ids)
        done += 16
    print(f"{tokens:4} tokens  {done / (time.perf_counter() - start):16.1f} passages/s")
print("onnxruntime", ort.__version__)
for precision in models:
    for tokens in (32, 128, 256):
        for threads in sorted({1, os.cpu_count()}):
            print(f"{precision:7} {tokens:4} tokens, {threads} cores  {16 / median(session(threads, precision), 16, tokens):7.1f} passages/s")
    print(f"{precision:7} query alone           p50 {1000 * median(session(os.cpu_count(), precision), 1, 11):.2f} ms, without tokenizing and HTTP")
s = session(os.cpu_count())

if len(sys.argv) > 2:
    from tokenizers import Tokenizer

    tok = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tok.no_padding()
    tok.enable_truncation(256 if "MiniLM" in folder.name else 512)
    texts = [line for p in sorted(Path(__file__).parents[2].glob("**/*.go"))[:200] for line in p.read_text().split("\n\n")][:1000]
    body = json.dumps({"input": texts}).encode()
    req = urllib.request.Request(sys.argv[2] + "/embeddings", body, {"Content-Type": "application/json"})
    ours = np.array([d["embedding"] for d in json.load(urllib.request.urlopen(req))["data"]])
    theirs = np.array([s.run(None, {"ids": np.array([tok.encode(t).ids])})[0][0] for t in texts])
    d = 1 - (ours * theirs).sum(1)
    print(f"1 - cosine over {len(texts)} texts: mean {d.mean():.1e}, largest {d.max():.1e}")
