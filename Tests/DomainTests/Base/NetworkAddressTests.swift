import Domain
import Testing

@Suite struct NetworkAddressTests {
    private static let zeros = [UInt8](repeating: 0, count: 10)

    @Test func `an IPv4 address and its mapped form are one address`() throws {
        let short = try #require(NetworkAddress(bytes: [192, 0, 2, 7]))
        let mapped = try #require(NetworkAddress(bytes: NetworkAddressTests.zeros + [0xFF, 0xFF, 192, 0, 2, 7]))
        #expect(short == mapped)
        #expect(short.isIPv4)
        #expect(NetworkAddress.local == NetworkAddress(bytes: [127, 0, 0, 1]))
    }

    @Test func `limits count an IPv4 address whole`() throws {
        let one = try #require(NetworkAddress(bytes: [192, 0, 2, 7]))
        let other = try #require(NetworkAddress(bytes: [192, 0, 2, 8]))
        #expect(one.budgetKey != other.budgetKey)
    }

    @Test func `limits count an IPv6 address by its first 64 bits`() throws {
        let network: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 1]
        let one = try #require(NetworkAddress(bytes: network + [0, 0, 0, 0, 0, 0, 0, 1]))
        let other = try #require(NetworkAddress(bytes: network + [9, 9, 9, 9, 9, 9, 9, 9]))
        let neighbour = try #require(NetworkAddress(bytes: network.dropLast() + [2, 0, 0, 0, 0, 0, 0, 0, 1]))
        #expect(!one.isIPv4)
        #expect(one.budgetKey == other.budgetKey)
        #expect(one.budgetKey != neighbour.budgetKey)
    }

    @Test(arguments: [0, 3, 5, 15, 17])
    func `an address has four or sixteen bytes`(count: Int) {
        #expect(NetworkAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
}
