// Package journey owns the order of the sign-in: a state machine over stored
// state. [Next] alone decides which step comes next (DESIGN.md, "The six
// steps"); the [Service] applies answers to the state, and no step knows of
// another.
package journey
