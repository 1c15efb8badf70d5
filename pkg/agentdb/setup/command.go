package setup

import (
	"fmt"
	"net/url"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"panther/pkg/sd"
)

// Command returns `agentdb setup`, which agentdb-setup.service runs as user
// postgres; database returns the setting of agentdb's configuration.
func Command(database func() (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: "setup", Short: "Make the database and its role on this machine's PostgreSQL server", Args: cobra.NoArgs,
		Long: "Makes the role and the database that the configuration names, and the extension vector in it, on the PostgreSQL\n" +
			"server of this machine. Run it as that server's superuser; what is there already is left alone. With a database\n" +
			"on another host, or in a file, there is nothing to do.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			setting, err := database()
			if err != nil {
				return err
			}
			t, ok, err := Parse(setting)
			if err != nil || !ok {
				return err
			}
			env, err := sd.FromSystemd("agentdb-setup")
			if err != nil {
				return err
			}
			made, err := Run(cmd.Context(), t)
			for _, m := range made {
				env.Log.Info("database prepared", "change", m, "database", t.Database)
			}
			if err != nil {
				return err
			}
			env.Ready("database %s of role %s is there", t.Database, t.Role)
			return nil
		},
	}
}

// Parse returns what has to be made for a database setting as agentdb.toml has
// it, and false where that is nothing: a file, or a server on another host.
func Parse(setting string) (Target, bool, error) {
	if strings.HasPrefix(setting, "sqlite:") {
		return Target{}, false, nil
	}
	u, err := url.Parse(setting)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return Target{}, false, sd.ConfigError(fmt.Errorf("database %q is no URL of PostgreSQL", setting), "set database in agentdb.toml")
	}
	host := u.Query().Get("host")
	if u.Host != "" || !strings.HasPrefix(host, "/") {
		return Target{}, false, nil
	}
	t := Target{Database: strings.Trim(u.Path, "/"), Role: u.Query().Get("user")}
	if t.Role == "" {
		t.Role = u.User.Username()
	}
	if t.Role == "" {
		t.Role = "agentdb" // the service's user, which the server knows by its socket
	}
	if t.Database == "" {
		t.Database = t.Role
	}
	admin := "postgres" // by name, since a service without $USER has no other
	if me, err := user.Current(); err == nil && me.Username != "root" {
		admin = me.Username
	}
	q := url.Values{"host": {host}, "user": {admin}}
	if port := u.Query().Get("port"); port != "" {
		q.Set("port", port)
	}
	t.Admin = "postgres:///postgres?" + q.Encode()
	return t, true, nil
}
