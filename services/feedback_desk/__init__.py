"""The feedback desk: one numbered log, what is answered to it, and how answers are published."""
