internal import Foundation

/// A clock for programs that it starts, which can be put forward and back while they run.
///
/// It is a library that is loaded before theirs. libfaketime is none for programs in Swift: it moves the environment, behind
/// which Swift looks for the arguments.
package struct WrongClock: Sendable {
    private static let source = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static long offset(void) {
            const char *path = getenv("WRONG_CLOCK");
            FILE *file = path == NULL ? NULL : fopen(path, "re");
            long seconds = 0;
            if (file == NULL) return 0;
            if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
            fclose(file);
            return seconds;
        }

        /* What only goes forward is left alone, as it is by who sets a clock. */
        int clock_gettime(clockid_t clock, struct timespec *time) {
            int result = syscall(SYS_clock_gettime, clock, time);
            if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += offset();
            return result;
        }

        time_t time(time_t *seconds) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (seconds != NULL) *seconds = now.tv_sec;
            return now.tv_sec;
        }

        int gettimeofday(struct timeval *restrict time, void *restrict zone) {
            struct timespec now;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &now);
            time->tv_sec = now.tv_sec;
            time->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        """

    private let directory: String

    /// - Parameter directory: where it may keep files, for as long as the programs run.
    package init(in directory: String) throws {
        self.directory = directory
        try Self.source.write(toFile: directory + "/clock.c", atomically: true, encoding: .utf8)
        _ = try Command(
            "clang", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
            directory + "/clock.so", directory + "/clock.c"
        ).output()
        try turn(by: 0)
    }

    /// What starts a program with this clock.
    package var launcher: [String] { ["env", "LD_PRELOAD=\(directory)/clock.so", "WRONG_CLOCK=\(directory)/clock"] }

    /// Puts it so far from the right time, from the next look at it on.
    package func turn(by seconds: Int) throws {
        try "\(seconds)\n".write(toFile: directory + "/clock", atomically: true, encoding: .utf8)
    }
}
