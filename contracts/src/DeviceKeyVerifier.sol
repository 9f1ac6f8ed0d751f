// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7913SignatureVerifier} from "@openzeppelin/contracts/interfaces/IERC7913.sol";

import {Signatures} from "./Signatures.sol";

/**
 * @title DeviceKeyVerifier
 * @notice ERC-7913 verifier for a P-256 key that a browser keeps without letting it out.
 * @dev Web Cryptography signs SHA-256 of the message it is given, and the message here is the 32-byte digest, so the
 * curve sees `sha256(digest)`. Key: x || y. Signature: r || s with s in the lower half. No state.
 */
contract DeviceKeyVerifier is IERC7913SignatureVerifier {
    uint256 private constant KEY_SIZE = 64;
    bytes4 private constant INVALID = 0xffffffff;

    /// @inheritdoc IERC7913SignatureVerifier
    function verify(bytes calldata key, bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (key.length != KEY_SIZE) return INVALID;
        bool valid = Signatures.isByDeviceKey(bytes32(key[:32]), bytes32(key[32:]), hash, signature);
        return valid ? IERC7913SignatureVerifier.verify.selector : INVALID;
    }
}
