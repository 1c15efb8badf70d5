# The suite as one package: the programs by buildGoModule, everything else by scripts/install as on any other system.
{
  lib,
  go,
  buildGoModule,
  buildGo125Module ? null, # of a nixpkgs whose own Go is older than go.mod says; one that is newer may have dropped it
  version ? "0.1.0",
}:
(if lib.versionAtLeast go.version "1.25" then buildGoModule else buildGo125Module) {
  pname = "panther";
  inherit version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../LICENSE
      ../cmd
      ../go.mod
      ../go.sum
      ../pkg
      ../scripts/install
      ../scripts/notices
      ../units
    ];
  };

  # `go mod vendor` as Nix hashes it; `go test ./test/nix` says what it has to be.
  vendorHash = "sha256-A1lZFPKEREVuvSJg+wNRy5ndHsonCs2ZjWUW72Guo2M=";

  env.CGO_ENABLED = 0;
  subPackages = [ "cmd/..." ];
  ldflags = [
    "-s"
    "-w"
    "-X panther/pkg/sd.Version=${version}"
  ];

  # The tests need PostgreSQL, a browser and a machine of their own: scripts/test runs them.
  doCheck = false;

  installPhase = ''
    runHook preInstall
    go run ./scripts/notices ./cmd/... > "$GOPATH/bin/NOTICES"
    cat pkg/opencode/web/dist/licences.txt >> "$GOPATH/bin/NOTICES"
    bash scripts/install --prefix "$out" --bin "$GOPATH/bin"
    runHook postInstall
  '';

  meta = {
    description = "Private knowledge agent wired together by systemd";
    license = lib.licenses.mit;
    mainProgram = "panther";
    platforms = lib.platforms.linux;
  };
}
