package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
)

// InputError means that a request cannot be read.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// field is a field of an input: where it is in the struct, and in the request.
type field struct {
	index    int
	in, name string // "path", "query" or "header"
	typ      reflect.Type
	doc      string
}

// plan is how an input is read.
type plan struct {
	fields []field
	body   int // index of the field; -1 if there is none
	typ    reflect.Type
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

func planOf[In any]() plan {
	t := typeOf[In]()
	p := plan{body: -1}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "Body" {
			p.body, p.typ = i, f.Type
			continue
		}
		for _, in := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(in); name != "" {
				p.fields = append(p.fields, field{i, in, name, f.Type, f.Tag.Get("doc")})
			}
		}
	}
	return p
}

// read fills an input from a request.
func (p plan) read(r *http.Request, in any) error {
	v := reflect.ValueOf(in).Elem()
	query := r.URL.Query()
	for _, f := range p.fields {
		if f.in == "query" && f.typ.Kind() == reflect.Slice {
			if list := query[f.name]; len(list) > 0 {
				v.Field(f.index).Set(reflect.ValueOf(list))
			}
			continue
		}
		var s string
		switch f.in {
		case "path":
			s = r.PathValue(f.name)
		case "query":
			s = query.Get(f.name)
		case "header":
			s = r.Header.Get(f.name)
		}
		if s == "" {
			continue
		}
		if err := f.set(v.Field(f.index), s); err != nil {
			return err
		}
	}
	if p.body < 0 {
		return nil
	}
	return readJSON(r, v.Field(p.body).Addr().Interface())
}

func (f field) set(v reflect.Value, s string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		v.SetBool(s == "true")
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			return &InputError{fmt.Errorf("%s is no number", f.name)}
		}
		v.SetInt(n)
	default:
		panic("rest: a parameter is text, a number or true") // at the first request of a test
	}
	return nil
}

// readJSON decodes the body of a request. An empty one leaves v as it is.
func readJSON(r *http.Request, v any) error {
	b, err := io.ReadAll(r.Body)
	if err != nil || len(b) == 0 {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return &InputError{fmt.Errorf("the body has a %s where %s is expected (%s)", te.Value, te.Type, te.Field)}
		}
		return &InputError{fmt.Errorf("the body is not valid JSON: %w", err)}
	}
	return nil
}
