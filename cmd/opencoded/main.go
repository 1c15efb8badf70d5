// Command opencoded is the agent runtime: the HTTP and SSE API of OpenCode 1.x,
// OpenAI's chat completions and the web page, on /run/opencode/opencode.sock and
// 127.0.0.1:8080 (opencode.socket passes both). It is ready when it answers
// there; agentdb may still be away, which the status line says.
package main

import (
	"context"
	"flag"
	"fmt"

	"panther/pkg/config"
	"panther/pkg/opencode"
	"panther/pkg/opencode/agents"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	file := flag.String("config", config.Path("opencode"), "read the settings from `FILE`")
	check := flag.Bool("check", false, "check the settings and the agents, and exit")
	version := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	switch {
	case *version:
		fmt.Println("opencoded", sd.BuildVersion())
		return nil
	case flag.NArg() > 0:
		return sd.UsageError("unexpected argument %q", flag.Arg(0))
	}
	cfg := opencode.Default()
	if err := config.Load(*file, &cfg); err != nil {
		return err
	}
	if *check {
		_, err := agents.Load(cfg.Agents)
		return sd.ConfigError(err, "correct the file in "+cfg.Agents)
	}
	env, err := sd.FromSystemd("opencode")
	if err != nil {
		return err
	}
	return opencode.Run(ctx, env, cfg)
}
