// Package system is what people see of the machine by the runtime: units, disks,
// secrets by name, doctor's findings, journals, models, what was spent and which
// browsers are let in, as operations below /panther/v1. It reads and never
// changes the machine: systemd, agentdb, opnix and the sessions are
// authoritative. What it may not see it says, with what to run instead.
package system
