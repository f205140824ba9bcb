#!/bin/sh
# All tests, in two processes side by side: those that wait for engines and a browser, and those that compute.
#   run-tests.sh PYTEST...        the command, with arguments of its own where it has some
# The output of the first follows when the second is done. Exit status 1 where either failed.
set -u

WAITING="tests/browser tests/e2e tests/integration tests/rehearsal"
LOG=$(mktemp)
# shellcheck disable=SC2086  # a list of folders
"$@" $WAITING >"$LOG" 2>&1 &
waiting=$!
trap 'kill -INT "$waiting" 2>/dev/null; wait "$waiting"; rm -f "$LOG"; exit 130' INT TERM

echo "The tests of engines and browser run beside these; what they say follows."
# shellcheck disable=SC2046  # an option for each folder
"$@" $(for folder in $WAITING; do printf -- '--ignore=%s ' "$folder"; done)
computed=$?

echo
echo "Waiting for the tests of engines and browser."
wait "$waiting"
waited=$?
cat "$LOG"
rm -f "$LOG"
[ "$computed" = 0 ] && [ "$waited" = 0 ]
