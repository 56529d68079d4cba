#!/bin/sh -e
# Started by the kernel, which runs /bin/sh; pack brings that along by itself. What the script calls
# is known to the script alone: build.sh names it.
name=${1:-world}
printf 'hello, %s\n' "$name" | tr a-z A-Z
