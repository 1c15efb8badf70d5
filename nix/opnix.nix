# opnix alone, for a PATH: the name under which opnix's own flake has it.
{
  callPackage,
  runCommand,
  panther ? callPackage ./package.nix { },
}:
runCommand "opnix-${panther.version}"
  {
    meta = panther.meta // {
      description = "Secrets from 1Password as files";
      mainProgram = "opnix";
    };
  }
  ''
    mkdir -p $out/bin $out/share
    ln -s ${panther}/bin/opnix $out/bin/opnix
    for d in man/man1 bash-completion/completions zsh/site-functions fish/vendor_completions.d; do
      for f in ${panther}/share/$d/*opnix*; do
        [ ! -e "$f" ] || install -D -m 444 "$f" -t $out/share/$d
      done
    done
  ''
