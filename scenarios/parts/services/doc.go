// Package services is the part for services that keep state: firewall, NAT, load balancer, policers and mirrors.
package services
