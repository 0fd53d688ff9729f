// Package software is the part for the host cores that a DSN in software burns.
package software
