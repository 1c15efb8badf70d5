# The suite on a real NixOS machine: the boot graph, and an answer with a citation to a folder of documents.
{ self, testers, writeTextDir }:
let
  documents = writeTextDir "partial.md" ''
    # Partial indexes

    A partial index covers the rows that satisfy its predicate: `CREATE INDEX ... WHERE active`.
  '';
in
testers.runNixOSTest {
  name = "panther";
  nodes.machine = {
    imports = [ self.nixosModules.default ];
    services.panther = {
      enable = true;
      embed.model = null; # no network in the test
      crawl.sources.notes = {
        kind = "files";
        path = "${documents}";
      };
    };
    virtualisation.memorySize = 2048;
  };
  testScript = ''
    machine.wait_for_unit("panther.target")
    machine.wait_for_unit("opencode.service")

    def since_boot(unit):
        return int(machine.succeed(f"systemctl show -P ActiveEnterTimestampMonotonic {unit}"))

    for before, after in [("opnix-secrets", "opencode"), ("postgresql", "agentdb"), ("agentdb", "opencode")]:
        assert since_boot(before) <= since_boot(after), f"{before} must be active before {after}"

    machine.succeed("systemctl start panther-crawl.service")
    answer = machine.succeed("panther ask 'How do I create a partial index?'")
    assert "partial.md" in answer, answer
    machine.succeed("panther doctor")
  '';
}
