// Package permission is what stands between a model's call and its execution:
// the arguments are read in one form, which is judged, shown and executed; the
// rules of the agent and of the configuration decide; and where they say so a
// person is asked.
//
//	call ─ Read ─ Policy.Of(agent).Decide ─┬─ allow ─ runs
//	                                       ├─ ask ─ Requests.Ask ─ once, always, reject, nobody
//	                                       └─ deny
//
// The operator's configuration is authoritative. Requests do not outlive the
// process, as the turns that wait for them do not. Whatever goes wrong, it is no
// permission.
package permission
