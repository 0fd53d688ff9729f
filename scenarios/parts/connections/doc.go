// Package connections is the part for TCP connections, which react to loss and marks.
package connections
