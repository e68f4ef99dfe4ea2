// swift-tools-version: 6.2
import PackageDescription

/// The rules every Swift target of the house lives under; a warning ends the build.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// What reads bytes from outside, and what must hold of it: tests that run the kept inputs, or, where `FUZZING` is set as
/// `script/fuzz` does, a program that libFuzzer drives.
let parsers: [Target.Dependency] = [
    "AuthFCGI", "Persistence", "Domain", "JSON", "Text", "Crypto", "Support",
    .product(name: "Logging", package: "swift-log"),
]
let fuzzing: Target =
    Context.environment["FUZZING"] == nil
    ? .testTarget(
        name: "FuzzTests", dependencies: parsers, exclude: ["Corpus", "LibFuzzer.swift", "words.dict"],
        swiftSettings: house)
    : .executableTarget(
        name: "Fuzz", dependencies: parsers, path: "Tests/FuzzTests",
        exclude: ["Corpus", "CorpusTests.swift", "words.dict"],
        swiftSettings: house + [.unsafeFlags(["-parse-as-library"])])

let package = Package(
    name: "AuthFCGI",
    products: [.executable(name: "authfcgi", targets: ["Launcher"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "CFastCGI", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CJansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CUTF8Proc", providers: [.apt(["libutf8proc-dev"])]),
        .systemLibrary(name: "CIDN2", providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CZxcvbn", providers: [.apt(["libzxcvbn-dev"])]),
        .systemLibrary(name: "CConfig", providers: [.apt(["libconfig-dev"])]),
        .target(name: "CSystem"),
        .target(name: "CMustache"),
        .target(name: "CCurl"),
        .target(name: "CHugePages"),

        .target(name: "Crypto", dependencies: ["COpenSSL", "CSodium", "CHugePages"], swiftSettings: house),
        .target(name: "Text", dependencies: ["CUTF8Proc", "CIDN2", "CZxcvbn"], swiftSettings: house),
        .target(name: "JSON", dependencies: ["CJansson"], swiftSettings: house),
        .target(
            name: "Domain", dependencies: ["Crypto", "Text"],
            swiftSettings: house + [.strictMemorySafety()]),
        .target(
            name: "Persistence", dependencies: ["CMariaDB", "Crypto", "Domain", "JSON"],
            exclude: ["SQL/schema.sql"],
            resources: [
                .embedInCode("SQL/grants.sql"), .embedInCode("SQL/functions.sql"),
                .embedInCode("SQL/migrations/0001_initial.sql"),
                .embedInCode("SQL/migrations/0002_known_networks.sql"),
                .embedInCode("SQL/migrations/0003_compatibility.sql"),
                .embedInCode("SQL/migrations/0004_mail.sql"),
                .embedInCode("SQL/migrations/0005_account_life.sql"),
                .embedInCode("SQL/migrations/0006_identities.sql"),
            ],
            swiftSettings: house),
        .target(
            name: "AuthFCGI",
            dependencies: [
                "CConfig", "CCurl", "CFastCGI", "CMustache", "CSystem", "Crypto", "Domain", "JSON", "Persistence",
                "Text",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [
                .embedInCode("Templates/mail/account_deleted.txt"), .embedInCode("Templates/mail/account_deleted.html"),
                .embedInCode("Templates/mail/account_restored.txt"),
                .embedInCode("Templates/mail/account_restored.html"),
                .embedInCode("Templates/mail/already_registered.txt"),
                .embedInCode("Templates/mail/already_registered.html"),
                .embedInCode("Templates/mail/confirmation_code.txt"),
                .embedInCode("Templates/mail/confirmation_code.html"),
                .embedInCode("Templates/mail/email_changed.txt"), .embedInCode("Templates/mail/email_changed.html"),
                .embedInCode("Templates/mail/email_confirmation.txt"),
                .embedInCode("Templates/mail/email_confirmation.html"),
                .embedInCode("Templates/mail/email_taken.txt"), .embedInCode("Templates/mail/email_taken.html"),
                .embedInCode("Templates/mail/new_device.txt"), .embedInCode("Templates/mail/new_device.html"),
                .embedInCode("Templates/mail/password_changed.txt"),
                .embedInCode("Templates/mail/password_changed.html"),
                .embedInCode("Templates/mail/recovery.txt"), .embedInCode("Templates/mail/recovery.html"),
                .embedInCode("Templates/mail/verification.txt"), .embedInCode("Templates/mail/verification.html"),
                .embedInCode("Templates/mail/test.txt"), .embedInCode("Templates/mail/test.html"),
                .embedInCode("Templates/pages/account.html"), .embedInCode("Templates/pages/confirm.html"),
                .embedInCode("Templates/pages/delete.html"), .embedInCode("Templates/pages/done.html"),
                .embedInCode("Templates/pages/email.html"), .embedInCode("Templates/pages/email_confirm.html"),
                .embedInCode("Templates/pages/email_sent.html"), .embedInCode("Templates/pages/email_undo.html"),
                .embedInCode("Templates/pages/field.html"), .embedInCode("Templates/pages/layout.html"),
                .embedInCode("Templates/pages/login.html"), .embedInCode("Templates/pages/not_me.html"),
                .embedInCode("Templates/pages/password.html"), .embedInCode("Templates/pages/recover.html"),
                .embedInCode("Templates/pages/recover_sent.html"), .embedInCode("Templates/pages/refusal.html"),
                .embedInCode("Templates/pages/register.html"), .embedInCode("Templates/pages/resend.html"),
                .embedInCode("Templates/pages/reset.html"), .embedInCode("Templates/pages/session_row.html"),
                .embedInCode("Templates/pages/sessions.html"), .embedInCode("Templates/pages/style.css"),
                .embedInCode("Templates/pages/verify.html"), .embedInCode("Templates/pages/verify_sent.html"),
            ],
            swiftSettings: house),
        .executableTarget(name: "Launcher", dependencies: ["AuthFCGI"], swiftSettings: house),

        .target(name: "CTestProcess", path: "Tests/CTestProcess"),
        .target(
            name: "Support", dependencies: ["CTestProcess", "Crypto", "Domain", "Persistence"], path: "Tests/Support",
            swiftSettings: house),
        .testTarget(name: "CryptoTests", dependencies: ["Crypto", "CHugePages", "Support"], swiftSettings: house),
        .testTarget(name: "TextTests", dependencies: ["Text", "JSON", "Support"], swiftSettings: house),
        .testTarget(name: "DomainTests", dependencies: ["Domain", "Persistence", "Support"], swiftSettings: house),
        .testTarget(name: "PersistenceTests", dependencies: ["Persistence", "Support"], swiftSettings: house),
        .testTarget(name: "AuthFCGITests", dependencies: ["AuthFCGI", "Support"], swiftSettings: house),
        .testTarget(name: "EndToEndTests", dependencies: ["Support", "JSON"], swiftSettings: house),
        fuzzing,
    ],
    cxxLanguageStandard: .cxx17
)
