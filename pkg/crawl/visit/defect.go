package visit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"panther/pkg/sd"
)

// Inputs that a defect kept from being read are kept for a report: a few, none of
// them large, for root and the crawler alone.
const (
	maxDefects    = 20
	maxDefectSize = 8 << 20
)

// Defect tells of an input that was not read because of a defect of ours, if that
// is what err is: the stack in the journal, and the input in a file.
func (v *Visit) Defect(uri string, err error) bool {
	var d *sd.Defect
	if !errors.As(err, &d) {
		return false
	}
	v.Log.Error("input was not read because of a defect", "source", v.Source.Name, "run_id", v.run.ID, "uri", uri, "error", err,
		"defect", d, "file", v.keepInput(d.Input), sd.MessageIDKey, sd.MessageInputDefect)
	v.Warn("a page could not be read because of a defect of Panther: journalctl MESSAGE_ID=" + sd.MessageInputDefect)
	return true
}

// keepInput writes an input to a file, and returns its name; "" where there is no
// place.
func (v *Visit) keepInput(input []byte) string {
	if v.opt.Defects == "" || len(input) == 0 || len(input) > maxDefectSize {
		return ""
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := os.MkdirAll(v.opt.Defects, 0o700); err != nil {
		return ""
	}
	sum := sha256.Sum256(input)
	name := filepath.Join(v.opt.Defects, v.Source.Name+"-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(name); err == nil {
		return name
	}
	if kept, err := os.ReadDir(v.opt.Defects); err != nil || len(kept) >= maxDefects {
		return ""
	}
	if err := os.WriteFile(name, input, 0o600); err != nil {
		return ""
	}
	return name
}
