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
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// One room of the code. `scripts/check-imports` holds the table in docs/ARCHITECTURE.md against the imports.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
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
    ],
    targets: [
        .systemLibrary(
            name: "CFFmpeg", path: "Modules/CFFmpeg", pkgConfig: "libavformat",
            providers: [
                .apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswresample-dev", "libswscale-dev"])
            ]),

        // Words that every room shares.
        room("Diagnostics"),
        room("MediaTime"),
        room("Plans", ["Diagnostics", "MediaTime", crypto]),

        // In the order in which data walks through them.
        room("Editorial", ["Diagnostics", "MediaTime"]),
        room("ISOBMFF", ["MediaTime"]),
        room("FFmpeg", ["CFFmpeg", "Diagnostics", "MediaTime"]),
        room("Editions", ["Diagnostics", "MediaTime", "ISOBMFF", crypto]),
        room("Conditioning", ["Diagnostics", "MediaTime", "ISOBMFF", "FFmpeg", "Editorial", "Editions"]),
        room("Sound", ["Diagnostics", "MediaTime", "ISOBMFF", "FFmpeg", "Editions"]),
        room("Catalogue", ["Diagnostics", "Sequencing", grdb]),
        room("Sequencing", ["Diagnostics", "MediaTime", "Plans", crypto]),
        room("Stitching", ["Diagnostics", "MediaTime", "ISOBMFF", "Editions", "Plans"]),
        room("Validation", ["Diagnostics", "MediaTime", "FFmpeg", "Editions", "Plans"]),
        room("Previews", ["Diagnostics", "MediaTime", "FFmpeg", "Editions", "Plans"]),
        room(
            "Sizzle",
            [
                "Diagnostics", "MediaTime", "Plans", "Editorial", "ISOBMFF", "FFmpeg", "Editions", "Conditioning", "Sound",
                "Catalogue", "Sequencing", "Stitching", "Validation", "Previews",
            ]),
        .executableTarget(
            name: "SizzleCommand", dependencies: ["Sizzle", argumentParser, yams], swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["FFmpeg", "MediaTime"], path: "Tests/TestSupport", swiftSettings: strict),
        tests("Diagnostics"),
        tests("MediaTime"),
        tests("Plans", ["Diagnostics"]),
        tests("Editorial", ["Diagnostics", "MediaTime"]),
        tests("Sequencing", ["Diagnostics", "MediaTime", "Plans"]),
        tests("Catalogue", ["Diagnostics", "Sequencing", grdb]),
    ]
)
