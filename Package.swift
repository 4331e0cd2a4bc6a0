// swift-tools-version: 6.2
import PackageDescription

/// Language settings of every target: Swift 6 mode, no warning left standing.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
/// What the service is made of; no other room knows HTTP.
let http: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdHTTP2", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    .product(name: "Tracing", package: "swift-distributed-tracing"),
    .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// Rooms with loops over samples are compiled with optimization for tests too, which would wait for little else. Set by `scripts/test`; not for
/// whoever depends on this package, since SwiftPM takes no such flags from a dependency.
let quick: [SwiftSetting] =
    Context.environment["SIZZLE_TESTS"] == nil ? [] : [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// One room of the code. `scripts/check-imports` holds the table in docs/ARCHITECTURE.md against the imports.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: strict + (["FFmpeg", "Sound"].contains(name) ? quick : []))
}

/// The tests of one room, beside the support code that reads stamps and runs independent tools.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        swiftSettings: strict)
}

let package = Package(
    name: "sizzle",
    products: [
        .library(name: "Sizzle", targets: ["Sizzle"]),
        .executable(name: "sizzle", targets: ["SizzleCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    ],
    targets: [
        // FFmpeg's headers. Without pkgConfig: it would link the libraries, and CFFmpegLoader loads them when needed.
        .systemLibrary(
            name: "CFFmpeg", path: "Modules/CFFmpeg",
            providers: [
                .apt([
                    "libavfilter-dev", "libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswresample-dev",
                    "libswscale-dev",
                ])
            ]),
        // FFmpeg's functions, looked up when they are first called: a process that only stitches never loads it.
        .target(name: "CFFmpegLoader", dependencies: ["CFFmpeg"], path: "Modules/CFFmpegLoader"),

        // Words that every room shares.
        .target(name: "CFileSystem", path: "Modules/CFileSystem"),
        // libarchive, loaded in the same way.
        .target(name: "CArchive", path: "Modules/CArchive"),
        room("Diagnostics"),
        room("FileSystem", ["CArchive", "CFileSystem", "Diagnostics"]),
        // libcurl, loaded in the same way.
        .target(name: "CCurl", path: "Modules/CCurl"),
        room("Download", ["CCurl", "Diagnostics"]),
        room("MediaTime"),
        room("Plans", ["Diagnostics", "MediaTime", crypto]),

        // In the order in which data walks through them.
        room("Editorial", ["Diagnostics", "MediaTime"]),
        room("ISOBMFF", ["Diagnostics"]),
        room("FFmpeg", ["CFFmpeg", "CFFmpegLoader", "Diagnostics", "ISOBMFF", "MediaTime"]),
        room("Editions", ["Diagnostics", "Download", "FileSystem", "MediaTime", "Plans", crypto]),
        room("Conditioning", ["Diagnostics", "Editions", "Editorial", "FFmpeg", "ISOBMFF", "MediaTime", crypto]),
        room("Sound", ["Diagnostics", "Editions", "FFmpeg", "FileSystem", "ISOBMFF", "MediaTime", "Plans"]),
        room("Assembly", ["Diagnostics", "Editorial", "FFmpeg", "FileSystem", "MediaTime", "Sound"]),
        room("Sequencing", ["Diagnostics", "Distributions", "MediaTime", "Plans", crypto]),
        room("Distributions", ["Diagnostics"]),
        room("Experiments", ["Diagnostics", "Distributions", crypto]),
        // LAPACK, loaded in the same way.
        .target(name: "CLapack", path: "Modules/CLapack"),
        room("Learning", ["CLapack", "Diagnostics", "Distributions"]),
        room("Reports", ["Diagnostics", "Experiments", "Learning"]),
        room(
            "Catalogue", ["Diagnostics", "Experiments", "FileSystem", "Plans", "Reports", "Sequencing", crypto, grdb]),
        room("Models", ["Diagnostics", "Experiments", "FileSystem", "Sequencing", crypto]),
        room("Tuning", ["Catalogue", "Diagnostics", "Learning", "MediaTime", "Models", "Plans", "Sequencing"]),
        // Viewers who are not there, to try the rooms before on.
        room(
            "Audience",
            ["Catalogue", "Diagnostics", "Experiments", "MediaTime", "Models", "Plans", "Sequencing", "Tuning"]),
        room("Stitching", ["Diagnostics", "Editions", "FileSystem", "ISOBMFF", "MediaTime", "Plans"]),
        room("Validation", ["Diagnostics", "Editions", "Editorial", "FFmpeg", "MediaTime", "Plans"]),
        room("Previews", ["Diagnostics", "Editions", "FFmpeg", "FileSystem", "MediaTime", "Plans"]),

        room("Farm", ["Diagnostics", "FileSystem", "MediaTime", "Plans", crypto]),

        room("Manifests", ["Diagnostics", "MediaTime"]),
        room(
            "Streaming",
            [
                "Diagnostics", "Editions", "FileSystem", "ISOBMFF", "Manifests", "MediaTime", "Plans", "Sound",
                "Stitching",
            ]),
        .target(
            name: "Service",
            dependencies: [
                "Catalogue", "Diagnostics", "Editions", "Experiments", "FileSystem", "ISOBMFF", "Manifests",
                "MediaTime",
                "Models", "Plans", "Sequencing", "Sound", "Stitching", "Streaming", crypto,
            ] + http,
            resources: [
                "index.html", "page.css", "page.js", "pane.js", "views.js", "events.js", "player.js", "media.js",
                "openapi.json",
            ].map { .embedInCode("Page/\($0)") }, swiftSettings: strict),

        // The whole, as a library and as a command.
        room(
            "Sizzle",
            [
                "Assembly", "Audience", "Catalogue", "Conditioning", "Diagnostics", "Editions", "Editorial",
                "Experiments", "FFmpeg", "Farm", "FileSystem", "ISOBMFF", "Learning", "Manifests", "MediaTime",
                "Models", "Plans", "Previews", "Reports", "Sequencing", "Service", "Sound", "Stitching", "Streaming",
                "Tuning", "Validation",
            ]),
        .executableTarget(
            name: "SizzleCommand", dependencies: ["Sizzle", argumentParser, yams], swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Diagnostics", "MediaTime"], path: "Tests/TestSupport",
            swiftSettings: strict),
        // An edition on which reels are tried; it uses rooms, as TestSupport must not.
        .target(
            name: "StageSupport",
            dependencies: [
                "Conditioning", "Editions", "Editorial", "MediaTime", "Plans", "Sound", "Stitching", "TestSupport",
            ], path: "Tests/StageSupport", swiftSettings: strict),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport", "MediaTime"], swiftSettings: strict),
        tests("Diagnostics"),
        tests("MediaTime"),
        tests("Plans", ["Diagnostics", "MediaTime"]),
        tests("Editorial", ["Diagnostics", "MediaTime"]),
        tests("ISOBMFF", ["Diagnostics"]),
        tests("FileSystem", ["Diagnostics"]),
        tests("FFmpeg", ["Diagnostics", "MediaTime"]),
        tests("Editions", ["Diagnostics", "FileSystem", "MediaTime"]),
        tests("Conditioning", ["Diagnostics", "Editions", "Editorial", "FFmpeg", "ISOBMFF", "MediaTime"]),
        tests("Sound", ["Diagnostics", "Editions", "FFmpeg", "ISOBMFF", "MediaTime", "Plans"]),
        tests("Sequencing", ["Diagnostics", "MediaTime", "Plans"]),
        tests("Experiments", ["Diagnostics", "Distributions"]),
        tests("Learning", ["Diagnostics", "Distributions"]),
        tests("Catalogue", ["Diagnostics", "Experiments", "Reports", "Sequencing", grdb]),
        tests("Reports", ["Diagnostics", "Learning"]),
        tests(
            "Tuning",
            ["Audience", "Catalogue", "Diagnostics", "Experiments", "Learning", "Models", "Plans", "Sequencing"]),
        tests("Manifests", ["MediaTime"]),
        tests(
            "Service",
            [
                "Catalogue", "Diagnostics", "Editions", "MediaTime", "Plans", "Sequencing", "Streaming",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "NIOCore", package: "swift-nio"),
            ]),
        tests(
            "Stitching",
            [
                "Conditioning", "Diagnostics", "Editions", "Editorial", "FFmpeg", "ISOBMFF", "MediaTime", "Plans",
                "Sound", "StageSupport",
            ]),
        tests(
            "Validation",
            [
                "Conditioning", "Diagnostics", "Editions", "Editorial", "FFmpeg", "MediaTime", "Plans", "Sound",
                "StageSupport", "Stitching",
            ]),
        tests(
            "Previews",
            ["StageSupport", "Conditioning", "Diagnostics", "Editions", "Editorial", "FFmpeg", "MediaTime", "Plans"]),
        tests("Farm", ["Diagnostics", "FileSystem", "Plans"]),

        // The built command from outside; the dependency on it makes sure that it is built.
        .testTarget(
            name: "EndToEndTests", dependencies: ["SizzleCommand", "TestSupport", "MediaTime"], swiftSettings: strict),
        // What the documents say, held against the command and the scripts.
        .testTarget(
            name: "DocumentationTests", dependencies: ["SizzleCommand", "TestSupport"], swiftSettings: strict),
    ]
)
