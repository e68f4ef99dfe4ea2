internal import Glibc

/// What libFuzzer calls. `FUZZ_TARGET` names the target, because one program holds them all.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    // Longer ones only take time: -1 keeps them out of the corpus.
    guard count <= target.maximumLength else { return -1 }
    let input = FuzzInput(Array(UnsafeBufferPointer(start: start, count: count)))
    do throws(Violation) {
        try target.run(input)
    } catch {
        fatalError("\(target.name): \(error)")
    }
    return 0
}

private let target: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fatalError("FUZZ_TARGET is one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    }
    return target
}()
