// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Signatures} from "../src/Signatures.sol";
import {Kind, Person, Stage} from "./Stage.sol";

/// @title SignaturesTest
/// @notice The ledger's own check against OpenZeppelin's: the same answer to whatever is put before both.
contract SignaturesTest is Stage {
    Both internal both;

    function setUp() public virtual override {
        super.setUp();
        both = new Both(address(passkeyVerifier), address(deviceVerifier));
    }

    function testFuzz_takesWhatIsSigned(uint256 seed, bytes32 digest, uint256 other) public view {
        Person memory owner = anybody(seed);
        bytes memory signature = sign(owner, digest);
        vm.assertTrue(_same(owner.name, digest, signature), "a good signature");
        vm.assertTrue(_same(owner.name, bytes32(other), signature) == (bytes32(other) == digest), "another digest");
        Person memory stranger = anybody(other);
        bool himself = keccak256(stranger.name) == keccak256(owner.name);
        vm.assertTrue(_same(stranger.name, digest, signature) == himself, "another signer");
    }

    function testFuzz_anyBitOfTheSignature(uint256 seed, bytes32 digest, uint256 place) public view {
        Person memory owner = anybody(seed);
        _same(owner.name, digest, flipped(sign(owner, digest), place));
    }

    function testFuzz_anyBitOfTheSigner(uint256 seed, bytes32 digest, uint256 place) public view {
        Person memory owner = anybody(seed);
        bytes memory signature = sign(owner, digest);
        vm.assertFalse(_same(flipped(owner.name, place), digest, signature), "another signer");
    }

    /// @dev Words of the coding (numbers, indices, offsets, lengths) become others that lie near its edges.
    function testFuzz_anyWordOfTheCoding(uint256 seed, uint256 word, uint256 kind, uint256 other) public view {
        Person memory owner = person(Kind.PASSKEY, seed);
        bytes memory signature = sign(owner, "digest");
        _put(signature, (word % 10) * 32, _edge(kind, other, signature.length));
        if (word % 3 == 0) _put(signature, (other % 10) * 32, _edge(kind >> 8, word, signature.length));
        _same(owner.name, "digest", signature);
    }

    /// @dev Authenticator data and client data anywhere in the coding, one over the other, or over its head.
    function testFuzz_anyOffsets(uint256 seed, uint256 data, uint256 client, uint8 length) public view {
        Person memory owner = person(Kind.PASSKEY, seed);
        bytes memory signature = sign(owner, "digest");
        (data, client) = (within(data, 0, signature.length), within(client, 0, signature.length));
        _put(signature, 0x80, data);
        _put(signature, 0xa0, client);
        if (data + 32 <= signature.length) _put(signature, data, length);
        _same(owner.name, "digest", signature);
    }

    function testFuzz_anyLength(uint256 seed, bytes32 digest, uint16 cut) public view {
        Person memory owner = anybody(seed);
        bytes memory signature = sign(owner, digest);
        _same(owner.name, digest, _resized(signature, cut % 700));
        _same(_resized(owner.name, cut % 120), digest, signature);
        vm.assertTrue(
            _same(owner.name, digest, _resized(signature, signature.length + (cut % 64))) ==
                (owner.kind == Kind.PASSKEY || cut % 64 == 0),
            "more after it"
        );
    }

    function testFuzz_nonsense(
        bytes calldata tail,
        bytes32 digest,
        bytes calldata signature,
        bytes32[8] calldata words
    ) public view {
        bytes memory coded = abi.encodePacked(words, signature);
        _put(coded, 0x80, uint256(words[4]) % 400);
        _put(coded, 0xa0, uint256(words[5]) % 400);
        address[4] memory verifiers = [address(passkeyVerifier), address(deviceVerifier), address(this), address(0)];
        for (uint256 i = 0; i < verifiers.length; ++i) {
            _refused(bytes.concat(bytes20(verifiers[i]), tail), digest, signature);
            _refused(bytes.concat(bytes20(verifiers[i]), words[0], words[1]), digest, signature);
            _refused(bytes.concat(bytes20(verifiers[i]), words[0], words[1]), digest, coded);
        }
        _refused(tail, digest, signature);
    }

    function testFuzz_anyFlagsAndAuthenticatorData(uint256 seed, bytes calldata more, uint8 length) public view {
        Person memory owner = person(Kind.PASSKEY, seed);
        bytes memory data = _resized(abi.encodePacked(bytes32(seed), more), length % 48);
        string memory client = _client("digest", "webauthn.get");
        bool good = data.length > 36 && data[32] & 0x05 == 0x05 && (data[32] & 0x18 != 0x10);
        vm.assertTrue(_same(owner.name, "digest", _assertion(owner, data, client, 23, 1)) == good, "flags");
    }

    /// @dev The indices are anywhere, before the beginning and after the end too.
    function testFuzz_anyIndices(uint256 seed, uint256 challengeAt, uint256 typeAt, bool create) public view {
        Person memory owner = person(Kind.PASSKEY, seed);
        string memory client = _client("digest", create ? "webauthn.create" : "webauthn.get");
        (uint256 first, uint256 second) = (_near(challengeAt, 23), _near(typeAt, 1));
        _same(owner.name, "digest", _assertion(owner, _data(), client, first, second));
    }

    /// @dev The last text of client data that no browser makes, without its brace.
    function testFuzz_theTypeAtTheVeryEnd(uint256 seed, uint256 shift) public view {
        Person memory owner = person(Kind.PASSKEY, seed);
        string memory client = string.concat(
            '{"challenge":"',
            Base64.encodeURL(abi.encodePacked(bytes32("digest"))),
            '","type":"webauthn.get"'
        );
        uint256 end = bytes(client).length;
        vm.assertTrue(_same(owner.name, "digest", _assertion(owner, _data(), client, 1, end - 21)), "at the end");
        uint256 wrong = end - 21 + (shift % 30) + 1;
        vm.assertFalse(_same(owner.name, "digest", _assertion(owner, _data(), client, 1, wrong)), "past the end");
    }

    /// @dev A type that begins in the word of the length, which the library reads for an index below zero.
    function test_anIndexBelowZero() public view {
        Person memory owner = person(Kind.PASSKEY, 1);
        uint256 taken = 0;
        string memory challenge = Base64.encodeURL(abi.encodePacked(bytes32("digest")));
        string memory begin = string.concat('type":"webauthn.get","challenge":"', challenge, '"');
        for (uint256 length = 150; length < 450; ++length) {
            string memory client = string(_resized(bytes(begin), length));
            if (_same(owner.name, "digest", _assertion(owner, _data(), client, 21, type(uint256).max))) ++taken;
        }
        vm.assertEq(taken, 1, "the length whose last byte is a quotation mark");
    }

    function testFuzz_theUpperHalfAndKeysOffTheCurve(uint256 seed, bytes32 digest, uint256 x, uint256 y) public view {
        Person memory owner = person(seed % 2 == 0 ? Kind.DEVICE : Kind.PASSKEY, seed);
        bytes memory signature = sign(owner, digest);
        bytes20 verifier = bytes20(owner.name);
        _refused(bytes.concat(verifier, bytes32(x), bytes32(y)), digest, signature);
        _refused(bytes.concat(verifier, bytes32(0), bytes32(0)), digest, signature);
        (bytes32 r, bytes32 s) = (_word(signature, 0), _word(signature, 32));
        _put(signature, 32, P256_ORDER - uint256(s));
        _refused(owner.name, digest, signature);
        _put(signature, 32, 0);
        _refused(owner.name, digest, signature);
        _put(signature, 32, uint256(s));
        _put(signature, 0, P256_ORDER + uint256(r) % 2);
        _refused(owner.name, digest, signature);
    }

    function testFuzz_contractsThatSign(uint256 seed, bytes32 digest, bytes calldata signature) public {
        bytes memory wallet = abi.encodePacked(new ContractWallet(keccak256(signature)));
        vm.assertTrue(_same(wallet, digest, signature), "a contract's signature");
        vm.assertFalse(_same(wallet, digest, bytes.concat(signature, bytes32(seed))), "not the contract's");
        _refused(abi.encodePacked(officials), digest, signature);
        _refused(abi.encodePacked(passkeyVerifier), digest, signature);
    }

    function _refused(bytes memory signer, bytes32 digest, bytes memory signature) private view {
        vm.assertFalse(_same(signer, digest, signature), "taken");
    }

    function _same(bytes memory signer, bytes32 digest, bytes memory signature) private view returns (bool answer) {
        answer = both.byCall(signer, digest, signature);
        vm.assertTrue(both.inPlace(signer, digest, signature) == answer, "not what SignatureChecker says");
    }

    function _assertion(
        Person memory owner,
        bytes memory data,
        string memory client,
        uint256 challengeAt,
        uint256 typeAt
    ) private pure returns (bytes memory) {
        bytes32 hash = sha256(abi.encodePacked(data, sha256(bytes(client))));
        (bytes32 r, bytes32 s) = lowSignature(owner.secret, hash);
        return abi.encode(r, s, challengeAt, typeAt, data, client);
    }

    function _data() private pure returns (bytes memory) {
        return abi.encodePacked(sha256("localhost"), uint8(5), uint32(1));
    }

    function _client(bytes32 digest, string memory kind) private pure returns (string memory) {
        string memory challenge = Base64.encodeURL(abi.encodePacked(digest));
        return string.concat('{"type":"', kind, '","challenge":"', challenge, '"}');
    }

    function _edge(uint256 kind, uint256 other, uint256 length) private pure returns (uint256) {
        uint256[8] memory edges = [uint256(0), 0x20, 0x80, 0xC0, length, 2 ** 64, 2 ** 255, 0];
        unchecked {
            return kind % 9 == 8 ? other : edges[kind % 8] + ((other % 81) - 40);
        }
    }

    function _near(uint256 value, uint256 right) private pure returns (uint256) {
        unchecked {
            return value % 4 == 0 ? right : value % 4 == 1 ? value : (value >> 8) % 160 - 40;
        }
    }

    function _put(bytes memory data, uint256 place, uint256 word) private pure {
        for (uint256 i = 0; i < 32 && place + i < data.length; ++i) data[place + i] = bytes32(word)[i];
    }

    function _word(bytes memory data, uint256 place) private pure returns (bytes32 word) {
        for (uint256 i = 0; i < 32; ++i) word |= bytes32(data[place + i]) >> (8 * i);
    }

    /// @dev Cut off at `length`, or filled up to it with zeros.
    function _resized(bytes memory data, uint256 length) private pure returns (bytes memory other) {
        other = new bytes(length);
        for (uint256 i = 0; i < length && i < data.length; ++i) other[i] = data[i];
    }
}

/// @title SignaturesWithoutPrecompileTest
/// @notice The same on a chain that lacks the precompile.
/// forge-config: default.fuzz.runs = 8
contract SignaturesWithoutPrecompileTest is SignaturesTest {
    function setUp() public override {
        super.setUp();
        vm.mockCall(address(0x100), "", "");
    }
}

/// @title Both
/// @notice The two checks side by side, each in a call of its own.
contract Both {
    address private immutable _passkeyVerifier;
    address private immutable _deviceVerifier;

    constructor(address passkeyVerifier, address deviceVerifier) {
        (_passkeyVerifier, _deviceVerifier) = (passkeyVerifier, deviceVerifier);
    }

    function inPlace(bytes calldata signer, bytes32 digest, bytes calldata signature) external view returns (bool) {
        return Signatures.isValid(signer, digest, signature, _passkeyVerifier, _deviceVerifier);
    }

    function byCall(bytes calldata signer, bytes32 digest, bytes calldata signature) external view returns (bool) {
        return SignatureChecker.isValidSignatureNow(signer, digest, signature);
    }
}

/// @title ContractWallet
/// @notice A contract with a signature of its own (ERC-1271).
contract ContractWallet is IERC1271 {
    bytes32 private immutable _accepted;

    constructor(bytes32 accepted) {
        _accepted = accepted;
    }

    function isValidSignature(bytes32, bytes calldata signature) external view returns (bytes4) {
        return keccak256(signature) == _accepted ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
