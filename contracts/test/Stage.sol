// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {ERC7913WebAuthnVerifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol";

import {DeviceKeyVerifier} from "../src/DeviceKeyVerifier.sol";
import {EvidenceLedger} from "../src/EvidenceLedger.sol";
import {Officials} from "../src/Officials.sol";
import {SettlementLedger} from "../src/SettlementLedger.sol";
import {Vm} from "./Vm.sol";

/// @dev The three kinds of keys that people sign with.
enum Kind {
    WALLET,
    DEVICE,
    PASSKEY
}

/// @dev Somebody with a key; `name` is the ERC-7913 signer.
struct Person {
    Kind kind;
    uint256 secret;
    bytes name;
}

/// @dev What forge asks an invariant's test: the acts to choose from.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/**
 * @title Stage
 * @notice What every test starts with: the contracts, the two accounts behind them, people and their signatures.
 * @dev No rule of a contract is repeated here.
 */
abstract contract Stage {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    uint256 internal constant HERE = 31_337;
    uint256 internal constant START = 1_800_000_000;
    address internal constant ADMIN = address(0xAD);
    address internal constant OPERATOR = address(0x0E);

    Officials internal officials;
    EvidenceLedger internal evidence;
    SettlementLedger internal settlements;
    DeviceKeyVerifier internal deviceVerifier;
    ERC7913WebAuthnVerifier internal passkeyVerifier;

    function setUp() public virtual {
        vm.chainId(HERE);
        vm.warp(START);
        vm.roll(1_000);
        officials = new Officials(ADMIN);
        evidence = new EvidenceLedger(ADMIN, OPERATOR, officials);
        deviceVerifier = new DeviceKeyVerifier();
        passkeyVerifier = new ERC7913WebAuthnVerifier();
        settlements = new SettlementLedger(officials, address(passkeyVerifier), address(deviceVerifier));
    }

    /// @dev Somebody who is another for every seed: a passkey, a device key or a wallet.
    function person(Kind kind, uint256 seed) internal view returns (Person memory) {
        uint256 secret = within(uint256(keccak256(abi.encode("person", kind, seed))), 1, 2 ** 250);
        if (kind == Kind.WALLET) return Person(kind, secret, abi.encodePacked(vm.addr(secret)));
        (uint256 x, uint256 y) = vm.publicKeyP256(secret);
        address verifier = kind == Kind.DEVICE ? address(deviceVerifier) : address(passkeyVerifier);
        return Person(kind, secret, abi.encodePacked(verifier, x, y));
    }

    function anybody(uint256 seed) internal view returns (Person memory) {
        return person(Kind(seed % 3), seed);
    }

    /// @dev The signature as the contracts take it.
    function sign(Person memory signer, bytes32 digest) internal pure returns (bytes memory) {
        if (signer.kind == Kind.WALLET) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer.secret, digest);
            return abi.encodePacked(r, s, v);
        }
        if (signer.kind == Kind.DEVICE) {
            (bytes32 r, bytes32 s) = lowSignature(signer.secret, sha256(abi.encodePacked(digest)));
            return abi.encodePacked(r, s);
        }
        return passkeySignature(signer.secret, digest, 0x05);
    }

    /// @dev A WebAuthn assertion over the digest. `flags`: 1 user present, 4 user verified.
    function passkeySignature(uint256 secret, bytes32 digest, uint8 flags) internal pure returns (bytes memory) {
        bytes memory data = abi.encodePacked(sha256("localhost"), flags, uint32(1));
        string memory client = string.concat(
            '{"type":"webauthn.get","challenge":"',
            Base64.encodeURL(abi.encodePacked(digest)),
            '","origin":"http://localhost:8480","crossOrigin":false}'
        );
        (bytes32 r, bytes32 s) = lowSignature(secret, sha256(abi.encodePacked(data, sha256(bytes(client)))));
        return abi.encode(r, s, uint256(23), uint256(1), data, client);
    }

    function lowSignature(uint256 secret, bytes32 hash) internal pure returns (bytes32 r, bytes32 s) {
        (r, s) = vm.signP256(secret, hash);
        if (uint256(s) > P256_ORDER / 2) s = bytes32(P256_ORDER - uint256(s));
    }

    /// @dev In office from an hour ago for another hour.
    function appoint(Person memory official, Officials.Office office) internal {
        vm.prank(ADMIN);
        officials.grant(official.name, office, uint64(block.timestamp) - 3600, uint64(block.timestamp) + 3600);
    }

    /// @dev A number from `low` to `high`, both included.
    function within(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + (value % (high - low + 1));
    }

    /// @dev The bytes with one bit turned over.
    function flipped(bytes memory data, uint256 place) internal pure returns (bytes memory copy) {
        copy = bytes.concat(data);
        uint256 bit = place % (copy.length * 8);
        copy[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }
}
