// Package test holds what is checked across packages: the unit files and the
// installation here, the suite on a booted machine in machine. It has no code
// that anything else uses.
package test
