// Package config reads the one TOML file that each service has in
// /etc/panther. It is strict: an unknown key, a wrong type or a version it does
// not know is an error with file, line and column, and exit status 78, since a
// restart cannot help. It knows nothing of what the keys mean; each service
// declares its own struct with its defaults filled in and validates it.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Version is the configuration format that this build reads. Files must say
// `version = 1`.
const Version = 1

// Dir is where the files of an installed system are.
const Dir = "/etc/panther"

// Path returns the default file of a service: /etc/panther/NAME.toml.
func Path(name string) string { return Dir + "/" + name + ".toml" }

// Validator is a configuration that can check itself after it was read. An
// *Error that it returns is given the file's name.
type Validator interface{ Validate() error }

// Error is a wrong configuration.
type Error struct {
	File         string // "" if not known yet
	Line, Column int    // from 1; 0 if not known
	Key          string // dotted; "" if not known
	Err          error  // what is wrong
	Hint         string // what to do
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ExitCode is 78, EX_CONFIG.
func (e *Error) ExitCode() int { return 78 }

// HintText returns what to do.
func (e *Error) HintText() string { return e.Hint }

// Errorf returns an Error about a key.
func Errorf(key, hint, format string, args ...any) *Error {
	return &Error{Key: key, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// Load reads path into the struct that into points to, over the defaults it
// holds, and validates it. A missing file is an error unless path is one of
// Path, whose absence means the defaults.
func Load(path string, into Validator) error {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(path, Dir+"/"):
		return validate(path, nil, into)
	case err != nil:
		return &Error{File: path, Err: errors.Unwrap(err), Hint: "create it, or name another one with -config"}
	}
	if err := decode(path, b, into); err != nil {
		return err
	}
	return validate(path, b, into)
}

// Decode reads a configuration from memory, as Load does from a file of that
// name.
func Decode(name string, b []byte, into Validator) error {
	if err := decode(name, b, into); err != nil {
		return err
	}
	return validate(name, b, into)
}

func decode(path string, b []byte, into any) error {
	var head struct {
		Version *int `toml:"version"`
	}
	if err := toml.Unmarshal(b, &head); err != nil {
		return tomlError(path, nil, err)
	}
	switch {
	case head.Version == nil:
		return &Error{File: path, Line: 1, Column: 1, Key: "version", Err: errors.New("is missing"), Hint: "begin the file with: version = 1"}
	case *head.Version != Version:
		line, col := position(b, "version")
		return &Error{File: path, Line: line, Column: col, Key: "version",
			Err: fmt.Errorf("is %d, this build reads %d", *head.Version, Version), Hint: "install the release that wrote the file, or set version = 1"}
	}
	d := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return tomlError(path, into, err)
	}
	return nil
}

func validate(path string, b []byte, into Validator) error {
	err := into.Validate()
	if err == nil {
		return nil
	}
	var ce *Error
	if !errors.As(err, &ce) {
		return &Error{File: path, Err: err}
	}
	ce.File = path
	if ce.Line == 0 && ce.Key != "" {
		ce.Line, ce.Column = position(b, ce.Key)
	}
	return ce
}

func tomlError(path string, into any, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		d := &strict.Errors[0]
		line, col := d.Position()
		return &Error{File: path, Line: line, Column: col, Key: strings.Join(d.Key(), "."),
			Err: errors.New("no such setting"), Hint: suggest(into, d.Key())}
	}
	var d *toml.DecodeError
	if errors.As(err, &d) {
		line, col := d.Position()
		return &Error{File: path, Line: line, Column: col, Key: strings.Join(d.Key(), "."),
			Err: errors.New(strings.TrimPrefix(d.Error(), "toml: ")), Hint: "correct the value; the manual page shows each setting's type"}
	}
	return &Error{File: path, Err: err}
}
