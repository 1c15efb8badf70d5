package sd

import "testing"

func TestPackageHint(t *testing.T) {
	t.Parallel()
	for marker, want := range map[string]string{
		t.TempDir():          "add pkgs.poppler-utils to systemd.services.panther-render.path",
		"/nowhere/etc/NIXOS": "install the package poppler-utils",
	} {
		if got := packageHint(marker, "poppler-utils", "panther-render"); got != want {
			t.Errorf("%s: %q, want %q", marker, got, want)
		}
	}
}
