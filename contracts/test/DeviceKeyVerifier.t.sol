// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";

import {Kind, Person, Stage} from "./Stage.sol";

/// @title DeviceKeyVerifierTest
/// @notice What is a device key's signature and what only looks like one, with the curve precompile.
contract DeviceKeyVerifierTest is Stage {
    bytes4 private constant VALID = IERC7913SignatureVerifier.verify.selector;
    bytes4 private constant INVALID = 0xffffffff;

    function testFuzz_takesItsOwnSignatureAndNoOther(uint256 seed, uint256 other, bytes32 digest) public view {
        Person memory owner = person(Kind.DEVICE, seed);
        Person memory stranger = person(Kind.DEVICE, other);
        vm.assume(owner.secret != stranger.secret);
        _expect(VALID, owner, digest, sign(owner, digest));
        _expect(INVALID, stranger, digest, sign(owner, digest));
        _expect(INVALID, owner, bytes32(other), sign(owner, digest));
    }

    function testFuzz_refusesTheUpperHalfAndWhatIsNoNumber(uint256 seed, bytes32 digest) public view {
        Person memory owner = person(Kind.DEVICE, seed);
        (bytes32 r, bytes32 s) = lowSignature(owner.secret, sha256(abi.encodePacked(digest)));
        _expect(VALID, owner, digest, abi.encodePacked(r, s));
        _expect(INVALID, owner, digest, abi.encodePacked(r, P256_ORDER - uint256(s)));
        _expect(INVALID, owner, digest, abi.encodePacked(r, bytes32(0)));
        _expect(INVALID, owner, digest, abi.encodePacked(bytes32(0), s));
        _expect(INVALID, owner, digest, abi.encodePacked(P256_ORDER, s));
        _expect(INVALID, owner, digest, abi.encodePacked(s, r));
    }

    function testFuzz_refusesAnyBitTurnedOver(uint256 seed, bytes32 digest, uint256 place) public view {
        Person memory owner = person(Kind.DEVICE, seed);
        _expect(INVALID, owner, digest, flipped(sign(owner, digest), place));
        bytes memory key = flipped(_key(owner), place);
        _same(deviceVerifier.verify(key, digest, sign(owner, digest)), INVALID);
    }

    function testFuzz_refusesAnotherLength(uint256 seed, bytes32 digest, uint256 length) public view {
        Person memory owner = person(Kind.DEVICE, seed);
        length = within(length, 0, 200);
        vm.assume(length != 64);
        bytes memory signature = sign(owner, digest);
        _expect(INVALID, owner, digest, _cut(signature, length));
        _same(deviceVerifier.verify(_cut(_key(owner), length), digest, signature), INVALID);
    }

    function testFuzz_refusesNonsense(bytes calldata key, bytes32 digest, bytes calldata signature) public view {
        _same(deviceVerifier.verify(key, digest, signature), INVALID);
        _same(deviceVerifier.verify(_cut(key, 64), digest, _cut(signature, 64)), INVALID);
    }

    /// @dev The signature is over SHA-256 of the digest: one over the digest itself is none.
    function testFuzz_refusesASignatureOverTheBareDigest(uint256 seed, bytes32 digest) public view {
        Person memory owner = person(Kind.DEVICE, seed);
        (bytes32 r, bytes32 s) = lowSignature(owner.secret, digest);
        _expect(INVALID, owner, digest, abi.encodePacked(r, s));
    }

    function _expect(bytes4 answer, Person memory signer, bytes32 digest, bytes memory signature) private view {
        _same(deviceVerifier.verify(_key(signer), digest, signature), answer);
    }

    function _same(bytes4 answer, bytes4 expected) private pure {
        vm.assertEq(bytes32(answer), bytes32(expected), "answer of the verifier");
    }

    function _key(Person memory signer) private pure returns (bytes memory) {
        bytes memory key = new bytes(64);
        for (uint256 i = 0; i < 64; ++i) key[i] = signer.name[20 + i];
        return key;
    }

    /// @dev Cut off at `length`, or filled up to it with zeros.
    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory other) {
        other = new bytes(length);
        for (uint256 i = 0; i < length && i < data.length; ++i) other[i] = data[i];
    }
}

/// @title DeviceKeyVerifierWithoutPrecompileTest
/// @notice The same on a chain that lacks the precompile.
/// forge-config: default.fuzz.runs = 16
contract DeviceKeyVerifierWithoutPrecompileTest is DeviceKeyVerifierTest {
    function setUp() public override {
        super.setUp();
        vm.mockCall(address(0x100), "", "");
    }

    function test_thereIsNoPrecompile() public view {
        (bytes32 r, bytes32 s) = lowSignature(1, 0);
        (uint256 x, uint256 y) = vm.publicKeyP256(1);
        (, bytes memory answer) = address(0x100).staticcall(abi.encode(bytes32(0), r, s, x, y));
        vm.assertEq(answer.length, 0, "an answer to a good signature");
    }
}
