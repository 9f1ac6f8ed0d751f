// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";

import {Signatures} from "src/Signatures.sol";

/// @title Gas of one passkey check as SettlementLedger makes it, by the library's function alone, and by SignatureChecker.
contract PasskeyCost {
    address private immutable _passkeyVerifier;
    address private immutable _deviceVerifier;

    error PasskeyCostInvalidSignature();

    constructor(address passkeyVerifier, address deviceVerifier) {
        _passkeyVerifier = passkeyVerifier;
        _deviceVerifier = deviceVerifier;
    }

    /// @notice Gas of each way over a valid signature; reverts over any other. Each way reads the signature from call
    /// data but the library's: there only the check is counted, on an assertion that is in memory already.
    /// @param signer ERC-7913: verifier (20 bytes), x and y (32 bytes each).
    function measure(bytes calldata signer, bytes32 digest, bytes calldata signature)
        external
        view
        returns (uint256 ledger, uint256 library_, uint256 checker)
    {
        ledger = _asTheLedger(signer, digest, signature);
        library_ = _byLibrary(bytes32(signer[20:52]), bytes32(signer[52:84]), abi.encodePacked(digest), signature);
        checker = _byChecker(signer, digest, signature);
    }

    function _asTheLedger(bytes calldata signer, bytes32 digest, bytes calldata signature)
        private
        view
        returns (uint256)
    {
        uint256 start = gasleft();
        bool valid = Signatures.isValid(signer, digest, signature, _passkeyVerifier, _deviceVerifier);
        uint256 used = start - gasleft();
        if (!valid) revert PasskeyCostInvalidSignature();
        return used;
    }

    function _byLibrary(bytes32 x, bytes32 y, bytes memory challenge, bytes calldata signature)
        private
        view
        returns (uint256)
    {
        (bool decoded, WebAuthn.WebAuthnAuth calldata given) = WebAuthn.tryDecodeAuth(signature);
        WebAuthn.WebAuthnAuth memory auth = given;
        uint256 start = gasleft();
        bool valid = WebAuthn.verify(challenge, auth, x, y);
        uint256 used = start - gasleft();
        if (!decoded || !valid) revert PasskeyCostInvalidSignature();
        return used;
    }

    function _byChecker(bytes calldata signer, bytes32 digest, bytes calldata signature)
        private
        view
        returns (uint256)
    {
        uint256 start = gasleft();
        bool valid = SignatureChecker.isValidSignatureNow(signer, digest, signature);
        uint256 used = start - gasleft();
        if (!valid) revert PasskeyCostInvalidSignature();
        return used;
    }
}
