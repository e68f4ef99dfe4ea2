# Reads what the test runner prints: leaves out what only tells that something began, and repeats what failed just before
# the runner's summary, because a build server may show no more than the end.
/^◇ / { next }
/^✘ Test run/ { summary = $0; next }
/^✘ / || (isFailing && /^↳ /) { failed[count++] = $0; isFailing = 1; print; fflush(); next }
{ isFailing = 0; print; fflush() }
END {
    if (summary == "") exit
    print "\nWhat failed:"
    for (number = 0; number < count; number++) print failed[number]
    print summary
}
