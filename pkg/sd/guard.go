package sd

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Defect is a panic while something from outside was read: a page, a file, an
// answer of a server. It is the failure of that input alone. Its text says
// nothing of the input; the stack is for the journal.
type Defect struct {
	Doing string // what was being done, a verb phrase
	Value any    // what panicked
	Stack []byte
	Input []byte // what was read, where the caller has it
}

func (d *Defect) Error() string { return d.Doing + ": this is a defect of the reader" }

// LogValue gives the journal what an operator can report.
func (d *Defect) LogValue() slog.Value {
	return slog.GroupValue(slog.String("panic", fmt.Sprint(d.Value)), slog.String("stack", string(d.Stack)))
}

// Guard runs f, which reads input from outside, and returns its error; a panic of
// f's goroutine is a *Defect. What f changes must not be used when it is. input
// may be nil.
func Guard(doing string, input []byte, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Defect{Doing: doing, Value: v, Stack: debug.Stack(), Input: input}
		}
	}()
	return f()
}
