// Package arithmetic needs no traffic: what a placement looks like, what each station can take, how many cores software needs, and
// what power the offered load takes.
package arithmetic
