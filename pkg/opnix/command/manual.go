package command

import (
	"panther/pkg/commandline"
	"panther/pkg/opnix/token"
	"panther/pkg/sd"
)

const overview = `opnix resolves the op:// references of /etc/opnix/secrets.json and writes the values as files below
/var/lib/opnix/secrets, switched to in one step. What names the same unit changes together: where an entry is missing, the
secrets of its units stay as they were, or away, and all others are written. It is asked for again at every boot, by
opnix-refresh.service and by every change; a unit that could not start without its secrets is started when they come.

The units have other exit statuses than 0.11, since they need no hand: what is missing is asked for again, and a limit is waited
for, with pauses that opnix itself keeps. "opnix secret" ends as opnix 0.11's does.
`

// statuses are the exit statuses of opnix.
var statuses = []commandline.Status{
	{Code: sd.ExitOK, Meaning: "done"},
	{Code: sd.ExitError, Meaning: "it failed: a later run may succeed"},
	{Code: sd.ExitUsage, Meaning: "the command line is wrong"},
	{Code: 65, Meaning: "opnix secret: the reference is missing, ambiguous or invalid"},
	{Code: token.ExitMissing, Meaning: "there is no token yet; a success of opnix-secrets.service, so that no rebuild of NixOS fails"},
	{Code: 69, Meaning: "what is whole is served, and something is missing; a success of opnix-secrets.service too"},
	{Code: 75, Meaning: "opnix secret: a limit of 1Password is reached"},
	{Code: sd.ExitConfig, Meaning: "the token or the configuration must be corrected first"},
}

// settings is the reference that the errors about a configuration point to.
const settings = `The file is JSON, of opnix 0.11's form and strict: an unknown name is an error. opnix -check reads it.

secrets: a list of

- reference: op://VAULT/ITEM/[SECTION/]FIELD, names or IDs, other characters as %XX; ?attribute=otp or
  ?ssh-format=openssh may follow. kind "file" makes the last part the name of a document or attachment.
- path: below the output folder, or absolute, which is then a link to it; ~/ is a user's own home. {NAME} is filled from variables or defaults;
  pathTemplate serves those without a path.
- owner, group, mode (0600 by default; never writable for others).
- symlinks, copies: absolute paths at which a link or a file of its own is to be. The system's units may write to
  /var/lib/opnix alone; opnix-generator gives them the folders of absolute paths at boot and at systemctl daemon-reload.
- backup: a file that opnix did not write, at one of these places, is kept and the place is not used; true moves it to
  NAME.before-opnix.
- services: a list of units to restart when the secret changes, or an object of units with "restart": false (reload),
  "reload": true or "signal": "SIGHUP".
- policy: stale_ok (default) lets the last good copy serve for maxAge ("30d"); required waits for the password manager;
  optional leaves the secret out where it has no value.
- validate: non_empty, pem, json, utf8, one_line, base64; pattern: a regular expression.

templates: a list of path, content or source, owner, group, mode, symlinks, copies, backup, services. In the text
{{ op://VAULT/ITEM/FIELD }} or {{ PATH }} stands for a value, with | env, json, base64 or trim behind it where the format
needs it; {{ "{{" }} is two braces. In a file named env, environment or *.env a value is escaped as EnvironmentFile= reads
it (systemd.exec(5)). A value of several lines fills a placeholder that has a line to itself, or a setting with | env; elsewhere
it would add lines and is refused, unless | lines lets it in.

backend: type "1password" (default; a service account), "connect" with url and caFile, "folder" with path, whose files are
PATH/VAULT/ITEM/FIELD, or "age" with path and identity: one encrypted JSON object from references to values.

include: a list of further files, by absolute paths, that are read when opnix runs; settings here win over theirs.
One that is missing or wrong then costs what it asks for: that stays as it was, and the exit status is 69.

Also: outputDir, tokenFile, deadline ("30s"), policy, maxAge, lastGood {enable, sealer "systemd" or "age", identity},
pathTemplate, defaults, systemdIntegration {enable, restartOnChange}. Other settings of opnix 0.11 are accepted and have no
effect.

# FILES

/etc/opnix/secrets.json, /etc/opnix-token, /var/lib/opnix/secrets (a link into /run/opnix, which is memory),
/var/lib/opnix/state. Behind opnix-fetch.socket a process without rights asks the password manager for the units; where it
needs a proxy: systemctl edit opnix-fetch@.service. A user who is not root has his own in ~/.config/opnix, ~/.local/state/opnix and $XDG_RUNTIME_DIR.
`
