internal import ArgumentParser
internal import CSystem
internal import Crypto
internal import Domain
internal import Glibc

/// `authfcgi tune`.
struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune", abstract: "Measure password hashing on this machine, and propose settings.",
        discussion: """
            Needs neither settings nor a database. It takes all processors for some seconds: best on an idle machine, \
            before the service starts.
            """)

    @Option(help: "Milliseconds that one hash may take, 10 to 5000.")
    var target = 100.0

    @Option(
        help: "Memory for hashing in all login workers together, such as 256M or 2G; else a quarter of what is free.")
    var memoryBudget: MemorySize?

    @Option(help: "Seconds of each measurement, 0.01 to 60.")
    var seconds = 1.0

    func validate() throws {
        guard (10...5000).contains(target) else { throw ValidationError("--target takes 10 to 5000 milliseconds") }
        guard (0.01...60).contains(seconds) else { throw ValidationError("--seconds takes 0.01 to 60") }
    }

    func run() throws {
        let advice = TuneAdvice(
            target: target / 1000, memoryBudget: memoryBudget?.mebibytes ?? MemorySize.available / 4,
            processors: max(1, Int(system_processors())))
        let measured = try telling { () throws(Failure) in try measure(advice) }
        print(advice.text(measured))
    }

    private func measure(_ advice: TuneAdvice) throws(Failure) -> [HashMeasurement] {
        let program = try Program(path: nil, settingsPath: nil)
        var alone = try take(advice.firstMemory, 1, program)
        while let memory = advice.nextMemory(after: alone) { alone = try take(memory, 1, program) }
        let memory = alone.cost.memory / 1024
        var measured = [alone]
        for count in advice.counts(memory: memory).dropFirst() { measured.append(try take(memory, count, program)) }
        return measured
    }

    private func take(_ memory: Int, _ processes: Int, _ program: Program) throws(Failure) -> HashMeasurement {
        let cost = HashingCost(iterations: TuneAdvice.iterations, memory: memory * 1024)
        tell("\(memory) MiB, \(cost.iterations) passes, \(processes) at once ... ")
        let measured = try HashMeasurement.take(
            cost, processes: processes, milliseconds: Int64(seconds * 1000), with: program)
        tell("\(TopFrame.decimal(measured.median * 1000, places: 1)) ms\n")
        return measured
    }

    /// Progress is not part of the answer.
    private func tell(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}

/// An amount of memory as a person writes it.
struct MemorySize: ExpressibleByArgument, Equatable {
    let mebibytes: Int

    /// A number with `M` or `G`.
    init?(argument: String) {
        guard let unit = argument.last, let number = Int(argument.dropLast()), (1...1_048_576).contains(number) else {
            return nil
        }
        switch unit {
        case "M", "m": mebibytes = number
        case "G", "g": mebibytes = number * 1024
        default: return nil
        }
    }

    /// What the kernel could give to a new program, in MiB.
    static var available: Int {
        guard let file = fopen("/proc/meminfo", "re") else { return 1024 }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let text = String(decoding: bytes.prefix(fread(&bytes, 1, bytes.count, file)), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        let number = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (number ?? 1_048_576) / 1024
    }
}
