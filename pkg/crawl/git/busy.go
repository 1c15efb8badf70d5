package git

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"panther/pkg/crawl/fetch"
)

// busyTries is how often a repository is fetched whose server is busy.
const busyTries = 3

var busyAnswer = regexp.MustCompile(`returned error: (429|502|503|504)\b`)

// fetch brings the ref. Git gives up at the first answer of a server that is
// busy, and does not say for how long: that is asked here.
func (r *Repository) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxFetch, fmt.Errorf("git fetch took more than %s", maxFetch))
	defer cancel()
	for try := 1; ; try++ {
		_, err := r.run(ctx, "fetch", "--quiet", "--force", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
			"--end-of-options", r.place(), r.refspec())
		if err == nil || try == busyTries || r.src.Path != "" || !busyAnswer.MatchString(err.Error()) || !r.patient(ctx) {
			return err
		}
	}
}

// patient asks for the repository's refs, waits as the server wants, and
// reports whether it is busy no more.
func (r *Repository) patient(ctx context.Context) bool {
	c := fetch.New(ctx, fetch.Options{UserAgent: "git/panther-crawl", Private: r.src.AllowPrivate, Timeout: r.src.Timeout.D(),
		MaxBytes: int64(r.src.MaxPageSize), Conns: 1, Auth: r.auth, Origins: []string{r.origin}})
	defer c.Close()
	resp, err := c.Patient(ctx, strings.TrimSuffix(r.place(), "/")+"/info/refs?service=git-upload-pack", 0)
	return err == nil && resp.Status != http.StatusTooManyRequests && resp.Status < 500
}
