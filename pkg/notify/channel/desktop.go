package channel

import (
	"context"
	"html"
	"time"

	"github.com/godbus/dbus/v5"
)

// Desktop shows messages on the desktop of the account that runs the process:
// https://specifications.freedesktop.org/notification/.
type Desktop struct{}

// Send shows a message.
func (Desktop) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return failed(Again, "", "reach the desktop: %w", err)
	}
	defer bus.Close()
	// The body may hold markup, so it is escaped; the summary may not.
	call := bus.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications").CallWithContext(ctx, "org.freedesktop.Notifications.Notify", 0,
		"Panther", uint32(0), "", m.Event.Title, html.EscapeString(m.Event.Body()), []string{},
		map[string]dbus.Variant{"urgency": dbus.MakeVariant(pick[byte](m.Event, 0, 1, 2)), "category": dbus.MakeVariant("x-panther." + m.Event.Kind)}, int32(-1))
	if call.Err != nil {
		return failed(Again, "", "show on the desktop: %w", call.Err)
	}
	return nil
}
