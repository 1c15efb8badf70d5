"""Runs OpenAI's Python client and LangChain's embedding class, unmodified, against panther-embed at the URL given."""
import sys

import openai
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import OpenAIEmbeddings

url = sys.argv[1]
client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
model = client.models.list().data[0]
assert client.models.retrieve(model.id).id == model.id

# The client asks for base64 by default, and for floats when told.
a = client.embeddings.create(model=model.id, input=["reload systemd units", "bake bread"])
b = client.embeddings.create(model=model.id, input="reload systemd units", encoding_format="float")
assert len(a.data) == 2 and a.data[1].index == 1 and a.usage.total_tokens > 6, a.usage
assert max(abs(x - y) for x, y in zip(a.data[0].embedding, b.data[0].embedding)) < 1e-5
assert len(a.data[0].embedding) == model.model_extra["dimensions"]
short = client.embeddings.create(model=model.id, input="x", dimensions=64)
assert len(short.data[0].embedding) == 64 and abs(sum(v * v for v in short.data[0].embedding) - 1) < 1e-4
assert client.embeddings.create(model=model.id, input="q", extra_body={"input_type": "query"}).data
for wrong, error in (({"model": "text-embedding-3-small"}, openai.NotFoundError), ({"dimensions": 10**6}, openai.BadRequestError)):
    try:
        client.embeddings.create(**{"model": model.id, "input": "x", **wrong})
        raise SystemExit(f"{wrong} was taken")
    except error as e:
        assert e.type == "invalid_request_error" and e.param in wrong, e
print("openai", openai.__version__, "works with", model.id)

embeddings = OpenAIEmbeddings(base_url=url, api_key="none", model=model.id, check_embedding_ctx_length=False)
store = InMemoryVectorStore.from_texts(
    ["A partial index covers only the rows that satisfy its predicate.", "Bread needs flour, water, salt and yeast.",
     "Run systemctl daemon-reload after you change a unit file."], embeddings)
found = store.similarity_search("my service definition changed, what now?", k=1)[0].page_content
assert "daemon-reload" in found, found
assert len(embeddings.embed_query("hello")) == model.model_extra["dimensions"]
print("langchain-openai works; it found:", found)
