package metrics

import (
	"context"
	"time"

	"panther/pkg/sd"
	"panther/pkg/units"
)

// Name is the service's unit, socket and log component.
const Name = "panther-metrics"

// idleTime is after how long without a question the service ends: agents ask
// every 15 seconds.
const idleTime = 2 * time.Minute

// Run serves the passed socket until ctx ends or nobody asked for a while. The
// unit's socket starts it again.
func Run(ctx context.Context, env *sd.Env) error {
	ln, err := env.Listener(Name, "")
	if err != nil {
		return err
	}
	idle := sd.NewIdle(idleTime)
	ctx, cancel := idle.Context(ctx)
	defer cancel()
	s := &Server{AgentDB: "unix:/run/agentdb/agentdb.sock", Units: all, Now: time.Now, Log: env.Log}
	env.Ready("answering at %s/metrics", ln.Addr())
	defer env.Stopping()
	return sd.ServeHTTP(ctx, idle.Handler(s), ln)
}

// all asks systemd.
func all(ctx context.Context) ([]units.Unit, error) {
	c, err := units.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.All(ctx)
}
