package machine

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"panther/pkg/knowledge"
)

// restarts searches a thousand times, sixteen at once, while the server is
// restarted five times: its clients wait a little, and none is refused.
func restarts(t *testing.T) {
	const searches, atOnce, times = 1000, 16, 5
	c := box.knowledge(t)
	var done, failed atomic.Int64
	next := make(chan int)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for n := range next {
				q := questions[n%len(questions)]
				r, err := c.Search(t.Context(), knowledge.SearchRequest{Query: q.ask, Limit: 5})
				if err != nil || len(r.Hits) == 0 {
					failed.Add(1)
					t.Errorf("search %d: %v", n, err)
				}
				done.Add(1)
			}
		})
	}
	before := box.show(t, "agentdb.service", "MainPID")
	go func() {
		defer close(next)
		for n := range searches {
			next <- n
		}
	}()
	for i := range times {
		// Spread over the searches, however fast they are.
		eventually(t, time.Minute, "the searches go on", func() bool { return done.Load() >= int64(i*searches/times) })
		box.run(t, "systemctl", "restart", "agentdb.service")
	}
	all.Wait()
	if after := box.show(t, "agentdb.service", "MainPID"); after == before {
		t.Error("agentdb was not restarted")
	}
	t.Logf("%d searches, %d failed", done.Load(), failed.Load())
}

// noDatabase stops PostgreSQL: agentdb lives on, says that it is not ready and
// why, and is ready again by itself.
func noDatabase(t *testing.T) {
	before := box.state(t)
	box.run(t, "systemctl", "stop", "postgresql.service")
	eventually(t, 15*time.Second, "agentdb says that it is not ready", func() bool {
		status, body := box.get(t, "/run/agentdb/agentdb.sock", "/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, `"status":503`)
	})
	if status, _ := box.get(t, "/run/agentdb/agentdb.sock", "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz is %d without a database, want 200: a restart would not help", status)
	}
	eventually(t, 15*time.Second, "systemctl status agentdb says that the database is away", func() bool {
		return strings.Contains(box.show(t, "agentdb.service", "StatusText"), "database")
	})
	// It also starts without the database, from nothing; a masked unit is one that Wants= cannot bring.
	box.run(t, "systemctl", "mask", "--runtime", "postgresql.service", "postgresql@17-main.service")
	box.run(t, "systemctl", "restart", "agentdb.service")
	if status, _ := box.get(t, "/run/agentdb/agentdb.sock", "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz is %d after a start without a database, want 503", status)
	}
	box.run(t, "systemctl", "unmask", "--runtime", "postgresql.service", "postgresql@17-main.service")
	pid := box.show(t, "agentdb.service", "MainPID")
	box.run(t, "systemctl", "start", "postgresql.service")
	eventually(t, 30*time.Second, "agentdb is ready again", func() bool {
		status, _ := box.get(t, "/run/agentdb/agentdb.sock", "/readyz")
		return status == http.StatusOK
	})
	if got := box.show(t, "agentdb.service", "MainPID"); got != pid {
		t.Error("agentdb needed a restart to find its database")
	}
	if after := box.state(t); len(after) != len(before) {
		t.Errorf("%d documents, %d before the database was stopped", len(after), len(before))
	}
}
