package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span in a configuration file: "90s", "24h", "7d", "1d12h".
// The zero value is no time.
type Duration time.Duration

// D returns the span as the standard library's type.
func (d Duration) D() time.Duration { return time.Duration(d) }

// MarshalText writes the span as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a span; days may precede what time.ParseDuration reads.
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	var days time.Duration
	if n, rest, ok := strings.Cut(s, "d"); ok {
		v, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no duration, write it like 30s, 24h or 7d", b)
		}
		days, s = time.Duration(v)*24*time.Hour, rest
		if s == "" {
			*d = Duration(days)
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration, write it like 30s, 24h or 7d", b)
	}
	*d = Duration(days + v)
	return nil
}

// Size is a number of bytes in a configuration file: "512KB", "64MB", "2GB"
// (powers of 1024) or plain digits.
type Size int64

var units = []struct {
	suffix string
	factor int64
}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}, {"B", 1}, {"", 1}}

// UnmarshalText reads a size.
func (z *Size) UnmarshalText(b []byte) error {
	s := strings.ToUpper(strings.TrimSpace(string(b)))
	for _, u := range units {
		n, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
		if err == nil && v >= 0 && v <= (1<<62)/u.factor {
			*z = Size(v * u.factor)
			return nil
		}
		break
	}
	return fmt.Errorf("%q is no size, write it like 512KB or 64MB", b)
}

// MarshalText writes the size in bytes.
func (z Size) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(z), 10), nil }
