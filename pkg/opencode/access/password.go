package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"panther/pkg/sd"
)

// secret is the password. A nil one opens nothing.
type secret struct {
	username string
	hash     [sha256.Size]byte
}

// newSecret reads the password; nil means that there is none.
func newSecret(env *sd.Env, cfg Config) (*secret, error) {
	name := cfg.Credential
	if name == "" {
		name = DefaultCredential
	}
	pw, err := env.Credential(name)
	switch {
	case err == nil:
		return &secret{cfg.Username, sha256.Sum256([]byte(pw))}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case cfg.Credential == "":
		return nil, nil
	}
	return nil, sd.ConfigError(fmt.Errorf("access.credential: %w", err),
		"deliver it by LoadCredential="+name+": (for opencode-password: opencode/password in /etc/opnix/secrets.json), or remove access.credential to have no password")
}

// opens reports whether a request has the password: by Basic authentication, or
// as the key that OpenAI's clients send.
func (s *secret) opens(q *http.Request) bool {
	user, pw, _ := q.BasicAuth()
	if t, ok := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer "); ok {
		user, pw = s.username, t
	}
	got := sha256.Sum256([]byte(pw))
	return subtle.ConstantTimeCompare(got[:], s.hash[:])&subtle.ConstantTimeCompare([]byte(user), []byte(s.username)) == 1
}

const (
	// maxSources bounds what is remembered of who was refused.
	maxSources = 1024
	// maxPending is how many wrong passwords of one source are being delayed;
	// further attempts are refused unread, so that many at once gain nothing.
	maxPending = 4
	// firstDelay doubles with each wrong password up to lastDelay.
	firstDelay = 250 * time.Millisecond
	lastDelay  = 5 * time.Second
	// forgetAfter is when a source that has been quiet is new again.
	forgetAfter = 15 * time.Minute
	// tellAll refusals of a source are logged one by one, then each tellEvery-th:
	// a source must not push the service's own words out of the journal.
	tellAll, tellEvery = 200, 100
)

var errWrongPassword = errors.New("the password is wrong")

// sources counts refusals by where they come from.
type sources struct {
	wait func(time.Duration)

	mu sync.Mutex
	by map[string]*attempts
}

type attempts struct {
	refused, wrong, pending int
	last                    time.Time
}

func newSources() *sources {
	return &sources{wait: time.Sleep, by: map[string]*attempts{}}
}

// of returns the record of a source; s.mu is held.
func (s *sources) of(source string) *attempts {
	a := s.by[source]
	now := time.Now()
	if a != nil && a.pending == 0 && now.Sub(a.last) > forgetAfter {
		a = nil
	}
	if a == nil {
		if len(s.by) >= maxSources {
			s.forget()
		}
		a = &attempts{}
		s.by[source] = a
	}
	a.last = now
	return a
}

// forget drops the source that has been quiet for longest.
func (s *sources) forget() {
	oldest := ""
	for name, a := range s.by {
		if a.pending == 0 && (oldest == "" || a.last.Before(s.by[oldest].last)) {
			oldest = name
		}
	}
	delete(s.by, oldest)
}

// refused counts a refusal and reports whether it is to be logged.
func (s *sources) refused(source string) (count int, tell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.of(source)
	a.refused++
	return a.refused, a.refused <= tellAll || a.refused%tellEvery == 0
}

// try asks right whether a password is. The answer to a wrong one is late,
// whether or not the source waits for it; a right one is not.
func (s *sources) try(source string, right func() bool) error {
	s.mu.Lock()
	a := s.of(source)
	if a.pending >= maxPending {
		s.mu.Unlock()
		return &refusal{status: http.StatusTooManyRequests, reason: "too many wrong passwords", text: "too many wrong passwords: wait a little", wait: true}
	}
	if right() {
		a.wrong = 0
		s.mu.Unlock()
		return nil
	}
	a.wrong++
	a.pending++
	delay := min(firstDelay<<min(a.wrong-1, 10), lastDelay)
	s.mu.Unlock()
	s.wait(delay)
	s.mu.Lock()
	a.pending--
	a.last = time.Now()
	s.mu.Unlock()
	return errWrongPassword
}
