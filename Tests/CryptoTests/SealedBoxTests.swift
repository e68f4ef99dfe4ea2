import Crypto
import Testing

@Suite struct SealedBoxTests {
    private let key = Secret([UInt8](0..<32))
    private let message = Array("kept values".utf8)

    @Test(arguments: [0, 1, 11, 4096])
    func `what was sealed is opened`(count: Int) {
        let message = [UInt8](repeating: 0x5A, count: count)
        let box = SealedBox.seal(message, context: "flash", key: key)
        #expect(box.count == count + 40)
        #expect(SealedBox.open(box, context: "flash", key: key) == message)
    }

    @Test func `another key or another context opens nothing`() {
        let box = SealedBox.seal(message, context: "flash", key: key)
        var other = [UInt8](0..<32)
        other[31] ^= 1
        #expect(SealedBox.open(box, context: "flash", key: Secret(other)) == nil)
        #expect(SealedBox.open(box, context: "flash2", key: key) == nil)
        #expect(SealedBox.open(box, context: "", key: key) == nil)
    }

    @Test func `every flipped byte is noticed`() {
        let box = SealedBox.seal(message, context: "flash", key: key)
        for index in box.indices {
            var forged = box
            forged[index] ^= 0x01
            #expect(SealedBox.open(forged, context: "flash", key: key) == nil, "byte \(index)")
        }
    }

    @Test func `a shortened or lengthened box is refused`() {
        let box = SealedBox.seal(message, context: "flash", key: key)
        for count in 0..<box.count {
            #expect(SealedBox.open(Array(box.prefix(count)), context: "flash", key: key) == nil, "\(count) bytes")
        }
        #expect(SealedBox.open(box + [0], context: "flash", key: key) == nil)
    }

    @Test func `the same message is sealed differently each time and is not readable in the box`() {
        let boxes = Set((0..<100).map { _ in SealedBox.seal(message, context: "flash", key: key) })
        #expect(boxes.count == 100)
        #expect(boxes.allSatisfy { !$0.contains(message) })
    }
}
