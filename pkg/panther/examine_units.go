package panther

import (
	"fmt"
	"strings"
	"time"

	"panther/pkg/opnix/token"
	"panther/pkg/units"
)

// units checks what systemd says. One cause often stops several units, so what
// only waits for another unit is not a problem of its own.
func (c *checkup) units(st statusJSON) {
	if st.Units == nil {
		c.fail("systemd", "is the system bus running? systemctl status dbus", "does not answer: %s", strings.Join(st.Problems, "; "))
		return
	}
	by := map[string]units.Unit{}
	for _, u := range st.Units {
		by[u.Name] = u
	}
	c.installed(st.Units)
	c.secrets(by["opnix-secrets.service"], by["opnix-refresh.service"])
	healthy := 0
	for _, u := range st.Units {
		if u.Name == "opnix-secrets.service" || u.Name == "opnix-refresh.service" || !u.Installed() {
			continue
		}
		if c.unit(u, by) {
			healthy++
		}
	}
	c.ok("units", "%s without a finding", count(healthy, "unit"))
}

func (c *checkup) installed(list []units.Unit) {
	var missing []string
	for _, u := range list {
		if !u.Installed() && u.Name != "postgresql.service" { // a remote database needs none here
			missing = append(missing, u.Name)
		}
	}
	if len(missing) > 0 {
		c.fail("installation", "run scripts/install again", "missing: %s", strings.Join(missing, ", "))
	}
}

// secrets checks opnix first: what misses its secrets fails after it. A refresh
// that ended after the first run says how things are now.
func (c *checkup) secrets(u, refresh units.Unit) {
	last := u
	if running := refresh.Active == "activating" && refresh.Sub != "auto-restart"; !running && refresh.Status != "" &&
		refresh.Since != nil && u.Since != nil && refresh.Since.After(*u.Since) {
		last = refresh
	}
	switch {
	case !u.Installed():
		return
	case u.Active == "active" && last.ExitStatus == token.ExitMissing:
		c.fail("secrets", "sudo opnix token set", "opnix waits for its token (%s): services go without their secrets, or wait for them", token.DefaultPath)
	case u.Active == "active" && last.ExitStatus != 0:
		text, hint, _ := strings.Cut(last.Status, " | ")
		c.fail("secrets", or(hint, "see: sudo opnix status"), "%s", or(text, "some are missing"))
	case u.Active == "active":
		c.ok("secrets", "%s", or(last.Status, "in place"))
	case u.Active == "activating":
		c.warn("secrets", "see: systemctl status opnix-secrets", "are being fetched: %s", u.Status)
	case !exists(token.DefaultPath):
		c.fail("secrets", "sudo opnix token set, then: sudo systemctl restart opnix-secrets",
			"the token is missing (%s): services that need secrets do not start", token.DefaultPath)
	case u.Active == "failed" || len(u.Unmet) > 0:
		c.fail("secrets", "see: journalctl -u opnix-secrets -n 20; sudo opnix check", "opnix-secrets: %s", unitLine(u, time.Now()))
	default:
		c.warn("secrets", "sudo systemctl start opnix-secrets", "opnix-secrets is not started")
	}
}

// unit checks one unit and reports whether it is well.
func (c *checkup) unit(u units.Unit, by map[string]units.Unit) bool {
	short := strings.TrimSuffix(u.Name, ".service")
	switch {
	case u.Load != "loaded":
		c.fail(u.Name, "see: systemctl status "+u.Name, "its file cannot be used: %s", u.Load)
	case u.Active == "failed":
		hint := fmt.Sprintf("see: journalctl -u %s -n 30", short)
		if u.ExitStatus == 78 {
			hint = fmt.Sprintf("correct its configuration, then: sudo systemctl restart %s", short)
		}
		c.fail(u.Name, hint, "%s", unitLine(u, time.Now()))
	case u.Sub == "auto-restart":
		c.fail(u.Name, fmt.Sprintf("see: journalctl -u %s -n 30", short), "ended (%s, status %d) and is started again and again", u.Result, u.ExitStatus)
	case len(u.Unmet) > 0:
		c.fail(u.Name, "meet the condition, then: sudo systemctl start "+u.Name, "%s", unitLine(u, time.Now()))
	case u.Name == "opencode.service" && u.Active == "inactive" && by["opnix-secrets.service"].Active != "active":
		c.fail(u.Name, "get the secrets into place first", "not started: it requires opnix-secrets.service, which is %s", by["opnix-secrets.service"].Active)
	case u.Name == "panther.target" && u.File == "disabled":
		c.warn(u.Name, "sudo systemctl enable --now panther.target", "is not enabled: nothing starts at the next boot")
	case strings.HasSuffix(u.Name, ".socket") && u.Active != "active":
		c.fail(u.Name, "sudo systemctl start "+u.Name, "does not listen")
	case strings.HasSuffix(u.Name, ".timer") && u.Active != "active":
		c.fail(u.Name, "sudo systemctl enable --now "+u.Name, "is not started: nothing runs by itself")
	case strings.HasSuffix(u.Name, ".timer"):
		c.ok(u.Name, "%s", unitLine(u, time.Now()))
	case u.Name == "postgresql.service" && u.Active != "active":
		c.fail(u.Name, "sudo systemctl start postgresql", "is %s", u.Active)
	case u.Restarts > 3:
		c.warn(u.Name, fmt.Sprintf("see: journalctl -u %s -n 50", short), "was restarted %d times", u.Restarts)
	default:
		return true
	}
	return false
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
