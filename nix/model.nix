# The default sentence encoder, bge-small-en-v1.5, MIT: its weights and tokenizer from where its authors publish them, beside the
# small files that `panther-embed pull` adds too.
{
  lib,
  fetchurl,
  runCommand,
}:
let
  file =
    name: sha256:
    fetchurl {
      url = "https://huggingface.co/BAAI/bge-small-en-v1.5/resolve/5c38ec7c405ec4b44b94cc5a9bb96e735b38267a/${name}";
      inherit sha256;
    };
in
runCommand "bge-small-en-v1.5"
  {
    meta = {
      description = "Sentence encoder with 33 million parameters and 384 dimensions";
      license = lib.licenses.mit;
    };
  }
  ''
    cp -r --no-preserve=mode ${../pkg/embed/model/bge-small-en-v1.5} $out
    cp ${file "model.safetensors" "3c9f31665447c8911517620762200d2245a2518d6e7208acc78cd9db317e21ad"} $out/model.safetensors
    cp ${file "tokenizer.json" "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"} $out/tokenizer.json
  ''
