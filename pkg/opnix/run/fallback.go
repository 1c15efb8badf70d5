package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"panther/pkg/opnix"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/lastgood"
	"panther/pkg/opnix/state"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// fallback finds values for requests that the password manager did not answer:
// those that are being served, then those of the last good copy.
type fallback struct {
	s      *session
	ctx    context.Context             // of the one run that this belongs to
	served map[string]generation.Entry // by request
	copy   *lastgood.Copy
	reason string // why there is no copy
	loaded bool
}

func (s *session) fallback(ctx context.Context) *fallback {
	f := &fallback{s: s, ctx: ctx, served: map[string]generation.Entry{}}
	if s.current != nil {
		for _, e := range s.current.Entries {
			if e.Reference != "" {
				f.served[e.Reference] = e
			}
		}
	}
	return f
}

// find returns a value for w, or the reason why there is none.
func (f *fallback) find(w want) (answer, string) {
	k := w.req.Key()
	if e, ok := f.served[k]; ok && !(e.Stale && w.policy == opnix.Required) {
		b, err := f.s.store.Read(f.s.current, e.Path)
		if err == nil && f.s.key.MAC(e.Path, b) == e.MAC {
			return answer{value: vault.NewValue(b), resolved: e.ResolvedAt, stale: e.Stale}, ""
		}
	}
	if w.policy == opnix.Required {
		return answer{}, "its policy asks for the password manager's own answer"
	}
	if !f.loaded {
		f.loaded = true
		var err error
		if f.copy, err = f.s.readCopy(f.ctx); err != nil {
			f.reason = vault.FirstLine(err.Error())
		}
	}
	if f.copy == nil {
		return answer{}, f.reason
	}
	e, ok := f.copy.Entries[k]
	age := f.s.Now().Sub(e.Resolved)
	switch {
	case !ok:
		return answer{}, "the last good copy does not have it"
	case age > w.maxAge:
		return answer{}, fmt.Sprintf("the last good copy is %s old, more than %s", short(age), short(w.maxAge))
	}
	return answer{value: vault.NewValue(e.Value), resolved: e.Resolved, stale: true}, ""
}

func short(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	return d.Round(time.Minute).String()
}

// copyRecord is what is known of the copy outside of it.
type copyRecord struct {
	MACs  []string  `json:"macs"`           // keyed fingerprints of the file: the last, and one about to replace it
	Until time.Time `json:"until,omitzero"` // when the first secret gets too old
	// Config is the fingerprint of the configuration of which the copy can serve
	// every secret; "" if it cannot.
	Config string `json:"config"`
}

const copyRecordName = state.CopyName + ".json"

// sealer returns what seals the copy; nil if there is to be none.
func (s *session) sealer() lastgood.Sealer {
	lg := s.Config.LastGood
	switch {
	case lg.Enable != nil && !*lg.Enable:
		return nil
	case lg.Sealer == "age":
		return lastgood.Age{IdentityFile: lg.Identity}
	case os.Geteuid() != 0 || !(lastgood.Systemd{}).Available():
		return nil
	}
	return lastgood.Systemd{}
}

var errNoCopy = errors.New("there is no last good copy")

func (s *session) readCopy(ctx context.Context) (*lastgood.Copy, error) {
	sealer := s.sealer()
	if sealer == nil {
		return nil, errNoCopy
	}
	file, err := s.state.ReadBytes(state.CopyName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoCopy
	}
	if err != nil {
		return nil, err
	}
	var rec copyRecord
	if _, err := s.state.Read(copyRecordName, &rec); err != nil {
		return nil, err
	}
	mac := s.key.MAC("last-good", file)
	if len(rec.MACs) == 0 || mac != rec.MACs[0] && mac != rec.MACs[len(rec.MACs)-1] {
		return nil, fmt.Errorf("%w: it is not the one that was written last", lastgood.ErrRefused)
	}
	return lastgood.Decrypt(ctx, sealer, file, hostID())
}

// hostID identifies the machine.
func hostID() string {
	b, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// keepCopy replaces the last good copy after the password manager answered. Its failure costs only the copy.
func (s *session) keepCopy(ctx context.Context, set *set) {
	if s.sealer() == nil {
		if err := errors.Join(s.state.Remove(state.CopyName), s.state.Remove(copyRecordName)); err != nil {
			s.Log.Warn("last good copy not removed", "error", err)
		}
		return
	}
	if !set.asked {
		return
	}
	if err := s.writeCopy(ctx, set); err != nil {
		s.Log.Warn("last good copy not kept", "error", err)
	}
}

func (s *session) writeCopy(ctx context.Context, set *set) error {
	c, rec := s.copyOf(set)
	file, err := lastgood.Encrypt(ctx, s.sealer(), c)
	if err != nil {
		return err
	}
	var old copyRecord
	if _, err := s.state.Read(copyRecordName, &old); err != nil {
		return err
	}
	mac := s.key.MAC("last-good", file)
	// Whenever this is killed, the file that is there has its fingerprint in the
	// record.
	both := rec
	both.MACs = []string{mac}
	if len(old.MACs) > 0 {
		both.MACs = []string{old.MACs[0], mac}
	}
	if err := s.state.Write(copyRecordName, both); err != nil {
		return err
	}
	if err := s.state.WriteBytes(state.CopyName, file); err != nil {
		return err
	}
	rec.MACs = []string{mac}
	return s.state.Write(copyRecordName, rec)
}

// copyOf gathers what may be kept: not what is required to be fresh, and not
// one-time codes, which are of no use later.
func (s *session) copyOf(set *set) (lastgood.Copy, copyRecord) {
	c := lastgood.Copy{Host: hostID(), Entries: map[string]lastgood.Entry{}}
	rec := copyRecord{Config: s.configMAC()}
	for _, w := range s.wants() {
		a, ok := set.answers[w.req.Key()]
		switch {
		case w.policy == opnix.Required || w.req.Ref.Attribute == "otp" || w.req.Ref.Attribute == "totp":
			rec.Config = ""
			continue
		case !ok: // missing, or optional and left out
			if !set.leftOut[w.req.Key()] {
				rec.Config = ""
			}
			continue
		}
		c.Entries[w.req.Key()] = lastgood.Entry{Value: a.value.Bytes(), Resolved: a.resolved}
		if until := a.resolved.Add(w.maxAge); rec.Until.IsZero() || until.Before(rec.Until) {
			rec.Until = until
		}
	}
	unread := len(s.Config.Unread) > 0
	if s.opt.Set == "" && !unread || s.current == nil {
		return c, rec
	}
	rec.Config = "" // other sets have configurations of their own, and so has what cannot be read
	for _, e := range s.current.Entries {
		if _, ok := c.Entries[e.Reference]; ok || e.Reference == "" || e.NoCopy || e.Stale || e.Set == s.opt.Set && !unread {
			continue
		}
		if b, err := s.store.Read(s.current, e.Path); err == nil {
			c.Entries[e.Reference] = lastgood.Entry{Value: b, Resolved: e.ResolvedAt}
		}
	}
	return c, rec
}

// errNotAsked marks a set that was served from the copy without asking.
var errNotAsked = sd.Hint(errors.New("the password manager was not asked yet"), "opnix-refresh.service asks when the network is there")

// Restore serves the last good copy where nothing is served yet and where it
// may serve every secret. It asks nobody.
func (r *Runner) Restore(ctx context.Context) (*Result, error) {
	start := time.Now()
	s, err := r.open(ctx, Options{})
	if err != nil {
		return nil, err
	}
	defer s.close()
	if s.current != nil {
		return &Result{Outcome: "kept", Generation: s.current.Number, Secrets: len(s.current.Entries)}, nil
	}
	if err := s.readToken(); err != nil {
		return nil, err
	}
	res, err := s.restore(ctx)
	s.record(res, err, time.Since(start))
	return res, err
}

func (s *session) restore(ctx context.Context) (*Result, error) {
	out := &set{answers: map[string]answer{}, leftOut: map[string]bool{}, problem: errNotAsked}
	if err := s.choose(out, s.fill(ctx, out, nil, vault.Errorf(vault.Unavailable, "not asked"))); err != nil {
		return nil, err
	}
	if fe := out.incomplete; fe != nil {
		fe.Served, fe.Cause = 0, errNoNetwork
		return nil, fe
	}
	return s.publish(ctx, out)
}

var errNoNetwork = errors.New("the last good copy cannot serve all of them")

// CanRestore reports whether Restore would find a copy for every secret of the
// configuration: by the record, without opening the copy, taking the lock or
// changing anything. It is what the boot is planned with.
func (r *Runner) CanRestore() bool {
	r.defaults()
	if _, err := os.Stat(r.Paths.State + "/" + copyRecordName); err != nil {
		return false // and nothing is made, as opening a new state would
	}
	s := &session{Runner: r}
	var err error
	if s.state, err = state.Open(r.Paths.State); err != nil {
		return false
	}
	defer s.state.Close()
	if s.key, err = s.state.Key(); err != nil {
		return false
	}
	var rec copyRecord
	ok, err := s.state.Read(copyRecordName, &rec)
	return ok && err == nil && rec.Config == s.configMAC() && s.Now().Before(rec.Until) && s.sealer() != nil && s.readToken() == nil
}
